// Answers of brokers as outcomes.

import { errors } from '../../protocol/errors.ts'
import { brokerError, ClientError, type ClientErrorOptions } from '../client-error.ts'

/** The error that the code stands for, undefined for NONE. `detail` is the broker's own message. */
export function failure(
  errorCode: number,
  options: ClientErrorOptions = {},
  detail?: string | null,
): ClientError | undefined {
  return errorCode === errors.NONE.code ? undefined : brokerError(errorCode, options, detail)
}

/** Throws the error that the code stands for. */
export function check(errorCode: number, options: ClientErrorOptions = {}, detail?: string | null): void {
  const error = failure(errorCode, options, detail)
  if (error !== undefined) throw error
}

/** The same for each of the keys: what a broker says of a request as a whole. */
export function same<Outcome>(keys: Iterable<string>, outcome: Outcome): Map<string, Outcome> {
  return new Map([...keys].map(key => [key, outcome]))
}

/** The items by key. Throws INVALID_ARGUMENT for one that is given twice: their answers could not be told apart. */
export function keyed<Item>(items: Iterable<Item>, keyOf: (item: Item) => string): Map<string, Item> {
  const byKey = new Map<string, Item>()
  for (const item of items) {
    const key = keyOf(item)
    if (byKey.has(key)) throw new ClientError('INVALID_ARGUMENT', `${key} is given twice`)
    byKey.set(key, item)
  }
  return byKey
}

/** The only value of a call for one thing. */
export function only<Value>(outcomes: ReadonlyMap<string, Value | ClientError>): Value {
  const [outcome] = outcomes.values()
  if (outcome instanceof ClientError) throw outcome
  return outcome as Value
}
