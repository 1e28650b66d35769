// Where a transactional producer stands. Transitions are data; a call that does not fit is an error that says so.
// Source: org.apache.kafka.clients.producer.internals.TransactionManager.State, Kafka 4.3.0.

import { ClientError } from '../client-error.ts'
import type { TransactionError } from './transaction-error.ts'

export type Phase = 'idle' | 'starting' | 'open' | 'committing' | 'aborting' | 'failed' | 'over'

/** failed: it must be aborted. over: the producer can do nothing any more. */
export const transitions: Readonly<Record<Phase, readonly Phase[]>> = {
  idle: ['starting', 'over'],
  starting: ['open', 'idle', 'over'],
  open: ['committing', 'aborting', 'failed', 'over'],
  committing: ['idle', 'failed', 'over'],
  aborting: ['idle', 'over'],
  failed: ['aborting', 'over'],
  over: [],
}

export class TransactionState {
  #phase: Phase = 'idle'
  #error: TransactionError | undefined

  get phase(): Phase {
    return this.#phase
  }

  /** Why it must be aborted, or is over. */
  get error(): TransactionError | undefined {
    return this.#error
  }

  /** Answers whether the transition exists; nothing changes when it does not. */
  to(phase: Phase, error?: TransactionError): boolean {
    if (!transitions[this.#phase].includes(phase)) return false
    this.#phase = phase
    this.#error = phase === 'failed' || phase === 'over' ? error : undefined
    return true
  }

  /** Throws what keeps the call from being made now. */
  check(call: string, ...phases: readonly Phase[]): void {
    if (phases.includes(this.#phase)) return
    if (this.#error !== undefined) throw this.#error
    throw new ClientError('INVALID_TXN_STATE', `${call} is not possible now: the transaction is ${this.#phase}`, {
      help: 'a producer has one transaction at a time: begin, send, then commit or abort, each awaited',
    })
  }
}
