// A part of what is done to a directory while brokers take turns on it, with what must be the same on the next one.

import type { Facts } from './facts.ts'
import type { Requests } from './requests.ts'

/** The broker whose turn it is. */
export interface Place {
  readonly port: number
  readonly logDirs: readonly string[]
}

export interface SwapWork {
  /** Topics and groups that somebody goes on with after the last reading: what they hold is judged by the work itself. */
  readonly except?: { readonly topics: readonly string[]; readonly groups: readonly string[] }
  /** On the first broker, once. */
  start(requests: Requests, place: Place): Promise<void>
  /** Goes on where another broker was left: throws when this one does not know something. Changes nothing that is compared. */
  resume(requests: Requests, place: Place): Promise<void>
  /** One turn's worth. */
  write(requests: Requests, place: Place): Promise<void>
  /** Adds statements beside those of `contents.ts`. */
  read?(requests: Requests, facts: Facts): Promise<void>
  /** Writes until the broker goes; resolves then. */
  writeUntilEnd?(place: Place): Promise<void>
  /** The same for a while, where a broker must not go meanwhile. Nothing is under way when it resolves. */
  writeBeforeEnd?(place: Place): Promise<void>
}
