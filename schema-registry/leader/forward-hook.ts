// The forwarder as a hook of the server: before a write's own handler, where this instance does not lead.

import type { preHandlerAsyncHookHandler } from 'fastify'
import { errors } from '../errors.ts'
import { ForwardError, type Forwarder } from './forwarder.ts'

/** Answers with what the leader answers, or lets the write's own handler go on when this instance has come to lead. */
export function forwardHook(forwarder: Forwarder): preHandlerAsyncHookHandler {
  return async (request, reply) => {
    const { method, originalUrl: path, headers } = request
    const body = request.body as Uint8Array | undefined
    try {
      const answer = await forwarder.forward({ method, path, headers, body })
      if (answer === 'here') return
      if (answer.contentType !== undefined) reply.type(answer.contentType)
      return reply.code(answer.statusCode).send(answer.body.length === 0 ? undefined : answer.body)
    } catch (error) {
      if (!(error instanceof ForwardError)) throw error
      throw error.kind === 'no leader' ? errors.unknownLeader(error.message) : errors.forwardingFailed(error.message)
    }
  }
}
