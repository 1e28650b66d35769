// A process that reads partitions of its group, writes what it makes of them and commits how far it got, all in one transaction, as
// Kafka Streams does. It speaks transaction version 1 or 2, dawdles, aborts, asks again when there is no answer, starts anew
// when it is told that its transaction cannot go on, and ends when it is fenced.

import type { SimulatedReader } from '../../broker/coordinator/testing/simulated-reader.ts'
import txnOffsetCommit from '../../broker/server/handlers/txn-offset-commit.ts'
import { verifyAppends } from '../../broker/server/transaction-verification.ts'
import { TransactionsAreAtomic } from '../../broker/sim/transactions-are-atomic.ts'
import type { SeededRandom } from '../../io/sim/random.ts'
import { errors, type ProtocolError } from '../../protocol/errors.ts'
import { buildBatch } from '../../protocol/records/batch-builder.ts'
import { type CoordinatorMachine, outputPartitions } from './coordinator-machine.ts'
import type { Network } from './network.ts'
import type { OffsetWitness } from './offset-witness.ts'

export interface ProcessOptions {
  readonly name: string
  readonly transactionalId: string
  readonly groupId: string
  /** The transaction version that its client speaks. */
  readonly version: 1 | 2
  readonly random: SeededRandom
  readonly machine: CoordinatorMachine
  readonly network: Network
  readonly offsets: OffsetWitness
  readonly nameOf: (topicId: string) => string | undefined
}

export interface Producer {
  readonly producerId: number
  readonly producerEpoch: number
}

/** Offsets of a partition of the input, from and to before. */
interface Piece {
  readonly place: string
  readonly from: number
  readonly to: number
}

interface Transaction {
  readonly number: number
  readonly pieces: readonly Piece[]
  /** By output partition. */
  readonly values: ReadonlyMap<number, readonly string[]>
}

const transactionTimeoutMs = 4000
const triesMax = 12
const retryMs = 150
const longPauseMs = 7000
const retriable: ReadonlySet<ProtocolError> = new Set([
  errors.CONCURRENT_TRANSACTIONS,
  errors.COORDINATOR_LOAD_IN_PROGRESS,
  errors.COORDINATOR_NOT_AVAILABLE,
  errors.NOT_COORDINATOR,
  errors.REQUEST_TIMED_OUT,
  errors.NOT_LEADER_OR_FOLLOWER,
  errors.NOT_ENOUGH_REPLICAS,
  errors.NOT_ENOUGH_REPLICAS_AFTER_APPEND,
])
const errorsByCode = new Map<number, ProtocolError>(Object.values(errors).map(error => [error.code, error]))

export class TransactionalProcess {
  readonly name: string
  readonly atomic = new TransactionsAreAtomic()
  readonly counts = { committed: 0, aborted: 0, unknown: 0, fenced: 0 }
  /** No new transactions. */
  isEnding = false
  /** The producer that it was before the last one, for whoever acts as its zombie. */
  past: Producer | undefined
  readonly options: ProcessOptions
  #producer: Producer | undefined
  readonly #sequences = new Map<number, number>()
  /** Where it is in its partitions has to be asked for. */
  #isLost = true
  #count = 0

  constructor(options: ProcessOptions) {
    this.name = options.name
    this.options = options
  }

  /** The group in which nobody commits but this process: the number of its last transaction. */
  get ownGroup(): string {
    return `own-${this.name}`
  }

  get producer(): Producer | undefined {
    return this.#producer
  }

  /** One transaction over some of what the member reads. */
  async commit(reader: SimulatedReader): Promise<void> {
    const { random, network } = this.options
    if (this.isEnding || (this.#producer === undefined && !(await this.#begin(reader)))) return
    if (this.#isLost && !(await this.#findPositions(reader))) return
    const owned = [...reader.owned].slice(0, 1 + random.int(3))
    if (owned.length === 0 || !reader.isRunning) return
    const transaction = this.#next(owned)
    this.atomic.begin({
      name: this.#transactionName(transaction),
      values: transaction.values,
      offset: transaction.number,
    })
    const isFilled = await this.#fill(transaction, reader)
    if (random.chance(0.04)) await network.pause(longPauseMs)
    if (!reader.isRunning) return
    if (isFilled && !random.chance(0.1)) return this.#commitIt(transaction, reader)
    return this.#abortIt(isFilled)
  }

  #transactionName({ number }: Transaction): string {
    return `${this.name}#${number}`
  }

  #next(owned: readonly (readonly [string, number])[]): Transaction {
    const { random } = this.options
    const number = ++this.#count
    const pieces = owned.map(([place, from]) => ({ place, from, to: from + 1 + random.int(3) }))
    const values = new Map<number, string[]>()
    const add = (partition: number, what: string) => {
      values.set(partition, [...(values.get(partition) ?? []), `${this.name}#${number}|${what}`])
    }
    for (const { place, from, to } of pieces) add(random.int(outputPartitions), `${place}|${from}|${to}`)
    for (let partition = 0; partition < outputPartitions; partition++) if (random.chance(0.7)) add(partition, 'more')
    return { number, pieces, values }
  }

  /** Takes a producer id and epoch, which fences whoever had the transactional id before. */
  async #begin(reader: SimulatedReader): Promise<boolean> {
    const { transactionalId, machine, random } = this.options
    const owned = this.past !== undefined && random.chance(0.5) ? this.past : undefined
    const common = { transactionalId, timeoutMs: transactionTimeoutMs, enable2Pc: false, keepPreparedTxn: false }
    const answer = await this.#insist(reader, 'init', async () => {
      const { error, ...got } = await machine.transactions.initProducerId({ ...common, owned })
      return { error, got }
    })
    if (answer?.error !== errors.NONE) {
      if (answer?.error === errors.PRODUCER_FENCED) this.#end(reader)
      return false
    }
    this.#take({ producerId: Number(answer.got.producerId), producerEpoch: answer.got.producerEpoch })
    this.#isLost = true
    return true
  }

  #take(producer: Producer): void {
    const before = this.#producer
    if (before?.producerId === producer.producerId && before.producerEpoch === producer.producerEpoch) return
    this.#producer = producer
    this.#sequences.clear()
  }

  /** The next transaction begins with InitProducerId. */
  #startAnew(): void {
    this.past = this.#producer
    this.#producer = undefined
    this.#isLost = true
  }

  /** Somebody else has the transactional id. */
  #end(reader: SimulatedReader): void {
    this.counts.fenced++
    reader.crash()
  }

  async #findPositions(reader: SimulatedReader): Promise<boolean> {
    for (const place of [...reader.owned.keys()]) {
      const position = await reader.position(place)
      if (position === undefined || !reader.isRunning) return false
      if (reader.owned.has(place)) reader.owned.set(place, position)
    }
    this.#isLost = false
    return true
  }

  async #fill(transaction: Transaction, reader: SimulatedReader): Promise<boolean> {
    for (const [partition, values] of transaction.values) {
      if (!(await this.#produce(partition, values, reader))) return false
    }
    const { groupId, nameOf } = this.options
    const places = transaction.pieces.map(({ place, to }) => {
      const [topicId, index] = place.split(' ')
      return { name: nameOf(topicId!)!, partition: Number(index), offset: to }
    })
    const { memberId, epoch: generationId, instance: groupInstanceId } = reader
    if (!(await this.#commitOffsets(groupId, { memberId, generationId, groupInstanceId }, places, reader))) return false
    const own = [{ name: 'ta', partition: 0, offset: transaction.number }]
    return this.#commitOffsets(this.ownGroup, { memberId: '', generationId: -1, groupInstanceId: null }, own, reader)
  }

  async #produce(partition: number, values: readonly string[], reader: SimulatedReader): Promise<boolean> {
    const { version, machine, transactionalId } = this.options
    const producer = this.#producer!
    if (version === 1) {
      const partitions = [{ topic: 'out', partition }]
      const request = { transactionalId, ...producer, partitions }
      const added = await this.#insist(reader, `add out-${partition}`, async () => ({
        error: await machine.transactions.addPartitions(request, 0),
      }))
      if (added?.error !== errors.NONE) return false
    }
    const baseSequence = this.#sequences.get(partition) ?? 0
    const written = await this.#insist(reader, `produce to out-${partition} from ${baseSequence}`, async () => ({
      error: await appendTransactional(machine, { ...this.options, ...producer }, partition, values, baseSequence),
    }))
    if (written?.error !== errors.NONE) return false
    this.#sequences.set(partition, baseSequence + values.length)
    return true
  }

  async #commitOffsets(
    groupId: string,
    member: { memberId: string; generationId: number; groupInstanceId: string | null },
    places: readonly { name: string; partition: number; offset: number }[],
    reader: SimulatedReader,
  ): Promise<boolean> {
    const { version, machine, transactionalId, offsets } = this.options
    const producer = this.#producer!
    if (version === 1) {
      // AddOffsetsToTxn.
      const partitions = [{ topic: '__consumer_offsets', partition: 0 }]
      const request = { transactionalId, ...producer, partitions }
      const added = await this.#insist(reader, 'add offsets', async () => ({
        error: await machine.transactions.addPartitions(request, 0),
      }))
      if (added?.error !== errors.NONE) return false
    }
    const topics = places.map(({ name, partition: partitionIndex, offset: committedOffset }) => {
      const more = { committedLeaderEpoch: -1, committedMetadata: '' }
      return { name, partitions: [{ partitionIndex, committedOffset, ...more }] }
    })
    for (const { name, partition, offset } of places) offsets.attemptOne(groupId, name, partition, offset)
    const request = { transactionalId, groupId, ...producer, ...member, topics }
    const committed = await this.#insist(reader, `offsets of ${groupId}`, async () => {
      const context = { services: machine.services, apiVersion: version === 2 ? 5 : 4 }
      const answer = (await txnOffsetCommit.handle(context as never, request as never)) as unknown as TxnAnswer
      const codes = answer.topics.flatMap(topic => topic.partitions.map(({ errorCode }) => errorCode))
      const errorCode = codes.find(code => code !== errors.NONE.code) ?? errors.NONE.code
      return { error: errorsByCode.get(errorCode)! }
    })
    return committed?.error === errors.NONE
  }

  async #commitIt(transaction: Transaction, reader: SimulatedReader): Promise<void> {
    this.atomic.askToCommit()
    const answer = await this.#insist(reader, 'commit', () => this.#endTransaction(true))
    if (answer?.error !== errors.NONE) {
      this.counts.unknown++
      return this.#startAnew()
    }
    this.atomic.acknowledgeCommit()
    this.counts.committed++
    this.#goOnAs(answer.got)
    for (const { place, from, to } of transaction.pieces) {
      if (reader.owned.get(place) === from) reader.owned.set(place, to)
    }
  }

  /** `isFilled`: it is known what the partitions have got. */
  async #abortIt(isFilled: boolean): Promise<void> {
    this.atomic.abort()
    this.counts.aborted++
    const { network, random } = this.options
    const answer = random.chance(0.7)
      ? await network.carry(`${this.name} abort`, () => this.#endTransaction(false))
      : undefined
    const isClear = isFilled || this.options.version === 2
    if (answer?.error === errors.NONE && isClear) this.#goOnAs(answer.got)
    else this.#startAnew()
    this.#isLost = true
  }

  async #endTransaction(committed: boolean) {
    const { transactionalId, version: clientVersion, machine } = this.options
    const request = { transactionalId, ...this.#producer!, committed, clientVersion }
    const { error, ...got } = await machine.transactions.endTransaction(request)
    return { error, got }
  }

  #goOnAs({ producerId, producerEpoch }: { producerId: number | bigint; producerEpoch: number }): void {
    if (producerEpoch < 0) return
    this.past = this.#producer
    this.#take({ producerId: Number(producerId), producerEpoch })
  }

  /** Asks until there is an answer that does not say to ask again; undefined: there is none, or the process has ended. */
  async #insist<Answer extends { readonly error: ProtocolError }>(
    reader: SimulatedReader,
    what: string,
    call: () => Promise<Answer>,
  ): Promise<Answer | undefined> {
    const { network, random } = this.options
    for (let tries = 0; tries < triesMax && reader.isRunning; tries++) {
      const answer = await network.carry(`${this.name} ${what}`, call)
      if (!reader.isRunning) return undefined
      if (answer !== undefined && !retriable.has(answer.error)) return answer
      await network.pause(retryMs + random.int(retryMs))
    }
    return undefined
  }
}

interface TxnAnswer {
  readonly topics: readonly { readonly partitions: readonly { readonly errorCode: number }[] }[]
}

/** As the handler of Produce does it, for one partition. NONE once the batch is committed. */
export async function appendTransactional(
  machine: CoordinatorMachine,
  producer: Producer & { readonly transactionalId: string; readonly version: 1 | 2 },
  index: number,
  values: readonly string[],
  baseSequence: number,
): Promise<ProtocolError> {
  const partition = machine.partition('out', index)
  if (!partition?.isLeader) return errors.NOT_LEADER_OR_FOLLOWER
  const client = { bumpsEpoch: producer.version === 2, knowsAbortable: true }
  const [verified] = await verifyAppends(machine.services, producer, [{ partition, baseSequence }], client)
  if ('error' in verified!) return verified.error
  const { producerId, producerEpoch } = producer
  const batch = buildBatch(
    values.map(value => ({ value: Buffer.from(value), timestamp: machine.clock.now() })),
    { producerId, producerEpoch, baseSequence, transactional: true },
  )
  const appended = partition.append(batch, { acks: -1, origin: 'client', verification: verified!.verification })
  if (!appended.ok) return appended.error
  return new Promise(resolve => partition.whenCommitted(appended.lastOffset, resolve))
}
