// What became of each of several things that were asked for in one call: its value, or the ClientError that says why not.
// One bad topic does not hide the good ones.

import { ClientError } from '../client-error.ts'

/** By key, in the order in which they were asked for. */
export class Outcomes<Key, Value> extends Map<Key, Value | ClientError> {
  /** The value of one of them. Throws its error, or INVALID_ARGUMENT when it was not asked for. */
  value(key: Key): Value {
    const outcome = this.get(key)
    if (outcome instanceof ClientError) throw outcome
    if (outcome === undefined && !this.has(key)) {
      throw new ClientError('INVALID_ARGUMENT', `${String(key)} is not among what was asked for`)
    }
    return outcome as Value
  }

  /** Those that failed. */
  get failures(): Map<Key, ClientError> {
    const failed = [...this].filter((entry): entry is [Key, ClientError] => entry[1] instanceof ClientError)
    return new Map(failed)
  }

  /** Those that did not. */
  get successes(): Map<Key, Value> {
    const good = [...this].filter(
      (entry): entry is [Key, Value & (Value | ClientError)] => !(entry[1] instanceof ClientError),
    )
    return new Map(good)
  }

  /** All values. Throws the first error when there is one. */
  orThrow(): Map<Key, Value> {
    for (const outcome of this.values()) if (outcome instanceof ClientError) throw outcome
    return this as unknown as Map<Key, Value>
  }
}
