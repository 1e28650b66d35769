// `_schemas` in a Kafka cluster as the registry's log: read by one consumer, written by whoever holds a term (term.ts).
//
// Life of a term: whoever is to lead calls `readToEnd` -> everything in the topic is read -> a claim of the next term is written
// -> it is read back: everything before it has been applied, and nothing that is older can land behind it -> appends, one at a
// time, each read back before the next is decided -> it ends with a later claim, a batch of unknown outcome, or a batch that
// was not read back in time; then the next `readToEnd` claims another one.
// Invariant: what is decided between `readToEnd` and `append`, without waiting in between, is decided from everything that is in
// the topic, and lands only if nobody else's record has come before it. So no id is given out twice, whoever believes to lead.
// Left open: other registries' writers, which know nothing of terms. They are kept apart by the election alone (../leader).

import type { Admin } from '../../client/admin/admin.ts'
import type { ClientWorld } from '../../client/client-world.ts'
import type { Cluster } from '../../client/cluster/cluster.ts'
import type { ClusterOptions } from '../../client/cluster/cluster-options.ts'
import { type SchemasLog, SchemasLogError, type SchemasRecord, type SchemasSink } from '../store/schemas-log.ts'
import { type Claim, claimRecord } from './claim.ts'
import { SchemasReader } from './schemas-reader.ts'
import { createOrVerifyTopic } from './schemas-topic.ts'
import { compareTerms, epochMax, isClosing, laterOf, type Term, termAfter } from './term.ts'
import { PartitionTermWriter, type TermWriter, type Written } from './term-writer.ts'

export interface KafkaSchemasLogSettings {
  /** '_schemas'. [kafkastore.topic] */
  readonly topic: string
  /** Wanted of a topic that is created; 3. [kafkastore.topic.replication.factor] */
  readonly replicationFactor: number
  /** For creating the topic and reading it to its end at the start; 60 s. [kafkastore.init.timeout.ms] */
  readonly startTimeoutMs: number
  /** For an append to be stored and read back, for a claim, for reading to the end; 15 s. [kafkastore.timeout.ms] */
  readonly writeTimeoutMs: number
}

export const schemasLogDefaults: KafkaSchemasLogSettings = {
  topic: '_schemas',
  replicationFactor: 3,
  startTimeoutMs: 60_000,
  writeTimeoutMs: 15_000,
}

export interface KafkaSchemasLogOptions extends Partial<KafkaSchemasLogSettings> {
  /** Of the consumer, which has connections of its own. */
  readonly clusterOptions: ClusterOptions
  readonly cluster: Cluster
  readonly admin: Admin
  readonly world: ClientWorld
  readonly sink: SchemasSink
  /** Where this instance is reached: written into claims, for people. */
  readonly leaderUrl: () => string
  /** Somebody else has written as the leader while this instance did. */
  readonly onDeposed?: () => void
  /** For tests: another way to write, and fewer epochs. */
  readonly writer?: TermWriter
  readonly epochMax?: number
}

/** The term this instance writes in. */
interface Held {
  readonly term: Term
  nextSequence: number
}

const tokenBytes = 12
/** Numbers of a term are int32, and there is always another term. */
const sequenceMax = 0x7000_0000

export class KafkaSchemasLog implements SchemasLog {
  /** Whether this instance is to lead: `readToEnd` claims a term. */
  mayLead = false
  readonly #options: KafkaSchemasLogOptions
  readonly #settings: KafkaSchemasLogSettings
  readonly #epochMax: number
  readonly #reader: SchemasReader
  readonly #writer: TermWriter
  #held: Held | undefined
  #claiming: Promise<void> | undefined
  #isAppending = false

  /** Nothing is asked before `open`. */
  constructor(options: KafkaSchemasLogOptions) {
    this.#options = options
    const { topic, replicationFactor, startTimeoutMs, writeTimeoutMs } = { ...schemasLogDefaults, ...options }
    this.#settings = { topic, replicationFactor, startTimeoutMs, writeTimeoutMs }
    this.#epochMax = options.epochMax ?? epochMax
    const { clusterOptions, world, sink } = options
    const onClaim = (claim: Claim) => this.#onClaim(claim)
    this.#reader = new SchemasReader({ cluster: clusterOptions, world, topic, sink, onClaim })
    this.#writer = options.writer ?? new PartitionTermWriter(options.cluster, topic)
  }

  /** Creates the topic if need be and reads it to its end. Rejects with a SchemasTopicError, a ClientError, a SchemasLogError. */
  async open(): Promise<void> {
    const { topic, replicationFactor, startTimeoutMs: timeoutMs } = this.#settings
    const { admin, world } = this.#options
    await createOrVerifyTopic(admin, { topic, replicationFactor, timeoutMs }, world.logger)
    this.#reader.start()
    await this.#reader.readToEnd(timeoutMs)
  }

  get appliedOffset(): bigint {
    return BigInt(this.#reader.nextOffset)
  }

  /** The term in which this instance may append now. */
  get term(): Term | undefined {
    return this.#held?.term
  }

  /** Why nothing is read at present; it is tried again all the time. */
  get failure(): Error | undefined {
    return this.#reader.failure
  }

  /** Costs nothing for who holds a term: nobody else can have written. Rejects with a SchemasLogError. */
  readToEnd(): Promise<void> {
    if (this.#held !== undefined && this.#held.nextSequence > sequenceMax) this.#held = undefined
    if (this.#held !== undefined) return Promise.resolve()
    if (!this.mayLead) return this.#asLogError(this.#reader.readToEnd(this.#settings.writeTimeoutMs))
    this.#claiming ??= this.#asLogError(this.#claim()).finally(() => (this.#claiming = undefined))
    return this.#claiming
  }

  async append(records: readonly SchemasRecord[]): Promise<bigint> {
    const held = this.#held
    if (held === undefined || this.#isAppending) throw this.#notNow()
    if (records.length === 0) return this.appliedOffset - 1n
    const { writeTimeoutMs } = this.#settings
    const sequence = held.nextSequence
    held.nextSequence += records.length
    this.#isAppending = true
    try {
      const { clock } = this.#options.world
      const deadlineMs = clock.monotonicMs() + writeTimeoutMs
      const written = await this.#writer.write({ term: held.term, sequence, records }, writeTimeoutMs)
      if (written.kind !== 'written') throw this.#notWritten(held, sequence, written)
      const lastOffset = written.baseOffset + records.length - 1
      await this.#readBack(held, lastOffset + 1, Math.max(1, deadlineMs - clock.monotonicMs()))
      return BigInt(lastOffset)
    } finally {
      this.#isAppending = false
    }
  }

  /** Another instance is to lead: no term is held any more. A batch under way may still land, before that one's claim. */
  resign(): void {
    this.mayLead = false
    this.#held = undefined
  }

  async close(): Promise<void> {
    this.resign()
    await this.#reader.close()
  }

  async #readBack(held: Held, offset: number, timeoutMs: number): Promise<void> {
    try {
      await this.#reader.reached(offset, timeoutMs)
    } catch (error) {
      this.#drop(held)
      throw error
    }
  }

  #notWritten(held: Held, sequence: number, { kind, mayBeThere, error }: Exclude<Written, { kind: 'written' }>): Error {
    if (kind === 'deposed') this.#depose(held)
    else if (mayBeThere) this.#drop(held)
    else held.nextSequence = sequence
    const what = kind === 'deposed' ? 'another instance has become the leader' : error.message
    const message = `${this.#settings.topic} was not written: ${what}`
    return new SchemasLogError(message, { isUnknown: mayBeThere, cause: error })
  }

  async #claim(): Promise<void> {
    const { clock } = this.#options.world
    const deadlineMs = clock.monotonicMs() + this.#settings.writeTimeoutMs
    let step = 1
    let last: { readonly known: Term | undefined; readonly term: Term; readonly isStored: boolean } | undefined
    while (this.#held === undefined) {
      const leftMs = deadlineMs - clock.monotonicMs()
      if (!this.mayLead || leftMs <= 0) throw this.#notClaimed(leftMs)
      await this.#reader.readToEnd(leftMs)
      // Stored, but not shown: the closing one of this claimant, or another's that compaction has taken from the topic.
      const known = laterOf(this.#reader.claim?.term, last?.isStored ? last.term : undefined)
      // Refused, and the topic does not say by whom: the same. The epochs that are left out harm nobody.
      const isUnexplained = last !== undefined && !last.isStored && laterOf(last.known, known) === last.known
      step = isUnexplained ? Math.min(step * 2, this.#epochMax) : 1
      const term = termAfter(known, step, this.#epochMax)
      last = { known, term, isStored: await this.#tryClaim(term, leftMs) }
    }
  }

  /** Whether a claim of the term is in the topic now, this one or another's. */
  async #tryClaim(term: Term, leftMs: number): Promise<boolean> {
    const token = this.#options.world.random.bytes(tokenBytes).toString('base64url')
    const claim = { term, token, leaderUrl: this.#options.leaderUrl() }
    const written = await this.#writer.write({ term, sequence: 0, records: [claimRecord(claim)] }, leftMs)
    if (written.kind === 'failed') throw written.error
    if (written.kind === 'deposed') return false
    await this.#reader.reached(written.baseOffset + 1, leftMs)
    const isMine = this.#reader.claim?.token === token
    if (isMine && this.mayLead && !isClosing(term, this.#epochMax)) this.#held = { term, nextSequence: 1 }
    return true
  }

  #onClaim({ term }: Claim): void {
    const held = this.#held
    if (held !== undefined && compareTerms(term, held.term) > 0) this.#depose(held)
  }

  #depose(held: Held): void {
    if (this.#held !== held) return
    this.#held = undefined
    this.#options.world.logger.warn({ term: held.term }, 'another instance writes as the leader; this one steps aside')
    this.#options.onDeposed?.()
  }

  #drop(held: Held): void {
    if (this.#held === held) this.#held = undefined
  }

  async #asLogError(work: Promise<void>): Promise<void> {
    try {
      await work
    } catch (cause) {
      if (cause instanceof SchemasLogError) throw cause
      const message = `${this.#settings.topic} was not read to its end: ${(cause as Error).message}`
      throw new SchemasLogError(message, { isUnknown: false, cause })
    }
  }

  #notNow(): SchemasLogError {
    const why = this.#isAppending ? 'an append is under way' : 'this instance does not lead'
    return new SchemasLogError(`${this.#settings.topic} is not written now: ${why}`, { isUnknown: false })
  }

  #notClaimed(leftMs: number): SchemasLogError {
    const why = leftMs > 0 ? 'another instance is to lead' : `not done within ${this.#settings.writeTimeoutMs} ms`
    return new SchemasLogError(`no leader's term was claimed in ${this.#settings.topic}: ${why}`, { isUnknown: false })
  }
}
