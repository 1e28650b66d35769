// The registry: reads from what has been read of `_schemas`, and writes, one at a time, where this instance leads.
//
// A write: catch up with the topic if somebody else may have written, decide against the state, append, wait until the records have been
// read back, answer. What is decided and what is applied are thus one after the other, and a write is answered only once it can be read.

import { errors, RegistryError } from './errors.ts'
import { defaultLimits, type RegistryLimits } from './limits.ts'
import type { ConfigUpdate } from './store/config-update.ts'
import { decideDeleteContext, decideDeleteSubject, decideDeleteVersion } from './store/decide-delete.ts'
import { decideRegister, type Registered, type RegisterOptions, registeredAlready } from './store/decide-register.ts'
import { decideDeleteConfig, decideDeleteMode, decideSetMode, decideUpdateConfig } from './store/decide-settings.ts'
import type { Decision, DecisionContext, Draft } from './store/draft.ts'
import type { Config, Mode } from './store/entities.ts'
import { ParsedSchemas } from './store/parsed-schemas.ts'
import { type Leadership, type SchemasLog, SchemasLogError } from './store/schemas-log.ts'
import type { RegistryState } from './store/state.ts'
import type { SchemaType } from './types/schema-type.ts'

export interface RegistryOptions {
  readonly state: RegistryState
  readonly log: SchemasLog
  readonly leadership: Leadership
  /** Kinds of schemas that it reads. */
  readonly types: readonly SchemaType[]
  readonly limits?: Partial<RegistryLimits>
}

export class Registry {
  readonly log: SchemasLog
  readonly leadership: Leadership
  readonly limits: RegistryLimits
  /** What reads and decisions look at. */
  readonly context: DecisionContext
  #waitingCount = 0
  #writes: Promise<void> = Promise.resolve()
  /** In whose time as leader the topic was last read to its end; undefined: it has to be read again. */
  #caughtUpIn: number | undefined

  constructor({ state, log, leadership, types, limits }: RegistryOptions) {
    this.log = log
    this.leadership = leadership
    this.limits = { ...defaultLimits, ...limits }
    this.context = { state, parsed: new ParsedSchemas(state, types, this.limits), limits: this.limits }
  }

  get state(): RegistryState {
    return this.context.state
  }

  /** Writes that are under way or wait. */
  get waitingWriteCount(): number {
    return this.#waitingCount
  }

  /**
   * The answer to a registration that changes nothing, from what this instance has read; undefined: the leader has to decide. So it has
   * about a schema that cannot be read here, since what it refers to may not have come here yet.
   */
  registeredAlready(draft: Draft, options: RegisterOptions): Registered | undefined {
    try {
      return registeredAlready(this.context, draft, options)
    } catch (error) {
      if (error instanceof RegistryError && error.code === 42201) return undefined
      throw error
    }
  }

  async register(draft: Draft, options: RegisterOptions): Promise<Registered> {
    return (
      this.registeredAlready(draft, options) ??
      this.#write('Register schema', () => decideRegister(this.context, draft, options))
    )
  }

  deleteVersion(subject: string, version: number, isPermanent: boolean): Promise<number> {
    return this.#write('Delete Schema Version', () => decideDeleteVersion(this.context, subject, version, isPermanent))
  }

  deleteSubject(subject: string, isPermanent: boolean): Promise<number[]> {
    return this.#write('Delete subject', () => decideDeleteSubject(this.context, subject, isPermanent))
  }

  deleteContext(scope: string): Promise<void> {
    return this.#write('Delete context', () => decideDeleteContext(this.context, scope))
  }

  /** @param scope a subject or a context; undefined for everything */
  updateConfig(scope: string | undefined, update: ConfigUpdate): Promise<Config> {
    return this.#write('Update config', () => decideUpdateConfig(this.context, scope, update))
  }

  deleteConfig(scope: string | undefined): Promise<Config> {
    return this.#write('Delete config', () => decideDeleteConfig(this.context, scope))
  }

  setMode(scope: string | undefined, mode: Mode | undefined, isForced: boolean): Promise<void> {
    return this.#write('Update mode', () => decideSetMode(this.context, scope, mode, isForced))
  }

  deleteMode(scope: string | undefined, isRecursive: boolean): Promise<Mode | undefined> {
    return this.#write('Delete mode', () => decideDeleteMode(this.context, scope, isRecursive))
  }

  /** Waits for its turn, which comes in the order of calls. */
  async #write<T>(what: string, decide: () => Decision<T>): Promise<T> {
    if (this.#waitingCount >= this.limits.waitingWritesMax) {
      throw errors.tooManyRequests(`${this.limits.waitingWritesMax} writes wait already; try again in a second`)
    }
    this.#waitingCount++
    const written = this.#writes.then(() => this.#decideAndAppend(what, decide))
    this.#writes = written.then(
      () => undefined,
      () => undefined,
    )
    try {
      return await written
    } finally {
      this.#waitingCount--
    }
  }

  async #decideAndAppend<T>(what: string, decide: () => Decision<T>): Promise<T> {
    for (let tries = 0; tries < this.limits.registrationTriesMax; tries++) {
      await this.#catchUp(what)
      const { records, result, holds } = decide()
      if (records.length === 0) return result
      await this.#attempt(what, () => this.log.append(records))
      if (holds === undefined || holds()) return result
      this.#caughtUpIn = undefined
    }
    throw errors.store(
      `${what}: another instance writes to the same topic; find out which two take themselves for the leader`,
    )
  }

  async #catchUp(what: string): Promise<void> {
    const epoch = this.#leadingEpoch()
    if (epoch !== undefined && epoch === this.#caughtUpIn) return
    this.#caughtUpIn = undefined
    await this.#attempt(what, () => this.log.readToEnd())
    if (this.#leadingEpoch() === epoch) this.#caughtUpIn = epoch
  }

  // Asked again after each wait, since somebody else may lead by then.
  #leadingEpoch(): number | undefined {
    const { isLeader, leaderUrl, epoch } = this.leadership
    if (isLeader) return epoch
    if (leaderUrl === undefined) throw errors.unknownLeader()
    throw errors.forwardingFailed(`This instance does not lead; write to ${leaderUrl}, or try again`)
  }

  async #attempt<T>(what: string, act: () => Promise<T>): Promise<T> {
    try {
      return await act()
    } catch (cause) {
      this.#caughtUpIn = undefined
      if (!(cause instanceof SchemasLogError)) throw cause
      if (!cause.isUnknown)
        throw errors.store(`${what} operation failed while writing to the Kafka store: ${cause.message}`, cause)
      throw errors.operationTimeout(
        `${what} operation timed out, and may have been done: ${cause.message}. Ask again, it is not done twice`,
        cause,
      )
    }
  }
}
