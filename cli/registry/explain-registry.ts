// What keeps a registry from starting, for people.

import { ClientError } from '../../client/client-error.ts'
import { SchemasTopicError } from '../../schema-registry/log/schemas-topic.ts'
import { SchemasLogError } from '../../schema-registry/store/schemas-log.ts'
import { Failure } from '../terminal/failure.ts'

/** @param option the one that says where it listens */
export function explainRegistry(error: unknown, option: string): unknown {
  const { code, message, address, port } = error as NodeJS.ErrnoException & { address?: string; port?: number }
  if (code === 'EADDRINUSE') {
    return new Failure(
      `the registry cannot listen on ${address}:${port}: the port is in use. Another program listens there: stop it, or choose another port with ${option} [HOST:]PORT`,
    )
  }
  if (code === 'EADDRNOTAVAIL' || code === 'EACCES' || code === 'ENOTFOUND') {
    return new Failure(
      `the registry cannot listen there: ${message}. Choose another address with ${option} [HOST:]PORT`,
    )
  }
  const isKnown = error instanceof ClientError || error instanceof SchemasTopicError || error instanceof SchemasLogError
  return isKnown ? new Failure(`the registry has not started: ${message}`) : error
}
