// Which broker coordinates a group or a transactional id: asked once, kept until somebody says it has moved.
// Source: FindCoordinator; KIP-699 for many keys in one request (version 4 and later).

import { errors } from '../../protocol/errors.ts'
import type { findCoordinator } from '../../protocol/messages/find-coordinator.ts'
import type { Message } from '../../protocol/wire/schema.ts'
import { brokerError, ClientError, type ErrorPlace } from '../client-error.ts'
import type { BrokerNode } from './cluster-image.ts'

export type CoordinatorKind = 'group' | 'transaction'

const keyTypes: Readonly<Record<CoordinatorKind, number>> = { group: 0, transaction: 1 }
/** Version from which the keys are an array. */
const manyKeysSince = 4

type Answer = Message<typeof findCoordinator.response>

/** The body of the request in the version that will be sent. */
export function findCoordinatorBody(kind: CoordinatorKind, key: string) {
  const keyType = keyTypes[kind]
  return (apiVersion: number) => (apiVersion >= manyKeysSince ? { keyType, coordinatorKeys: [key] } : { keyType, key })
}

/** The coordinator that the answer names. Throws what the broker answered, with the group or transactional id. */
export function coordinatorIn(answer: Answer, kind: CoordinatorKind, key: string): BrokerNode {
  const found = answer.coordinators[0] ?? answer
  const place: ErrorPlace = kind === 'group' ? { group: key } : { transactionalId: key }
  if (found.errorCode !== errors.NONE.code) throw brokerError(found.errorCode, place, found.errorMessage)
  const { nodeId, host, port } = found
  if (nodeId < 0 || host === '')
    throw new ClientError('COORDINATOR_NOT_AVAILABLE', 'none is named', { ...place, retriable: true })
  return { nodeId, host, port, rack: null }
}

export class CoordinatorCache {
  readonly #known = new Map<string, BrokerNode>()

  get(kind: CoordinatorKind, key: string): BrokerNode | undefined {
    return this.#known.get(cacheKey(kind, key))
  }

  set(kind: CoordinatorKind, key: string, node: BrokerNode): void {
    this.#known.set(cacheKey(kind, key), node)
  }

  forget(kind: CoordinatorKind, key: string): void {
    this.#known.delete(cacheKey(kind, key))
  }
}

function cacheKey(kind: CoordinatorKind, key: string): string {
  return `${kind} ${key}`
}
