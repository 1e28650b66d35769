// The machine of a run: the coordinators of groups and of transactions, real partition logs on a simulated disk below them, and
// what happens to those: processes that die and come back, elections, replicas that fall behind or are missing.
//
// Invariant: what is below the high watermark when a process dies or a leader changes is there afterwards (a page cache outlives
// the process); what is above may be gone. Losses of power are not simulated here but in testing/broker-sim.ts.

import { brokerConfig } from '../../broker/config/broker-config.ts'
import { developmentProfile } from '../../broker/config/development-profile.ts'
import { logConfigOf } from '../../broker/config/log-config.ts'
import { GroupCoordinator } from '../../broker/coordinator/group/group-coordinator.ts'
import type { TransactionEnd } from '../../broker/coordinator/runtime/coordinator-state.ts'
import { offsetsTopicOf, TestMetadata, type TestTopic } from '../../broker/coordinator/testing/test-metadata.ts'
import { MarkerWriter } from '../../broker/coordinator/transaction/marker-writer.ts'
import { TransactionCoordinator } from '../../broker/coordinator/transaction/transaction-coordinator.ts'
import { IndexCache } from '../../broker/log/index-cache.ts'
import { LogDirectory } from '../../broker/log/log-directory.ts'
import { OpenFiles } from '../../broker/log/open-files.ts'
import { openPartitionLog } from '../../broker/log/open-log.ts'
import type { Services } from '../../broker/server/services.ts'
import { LastStableOffsetHolds } from '../../broker/sim/last-stable-offset-holds.ts'
import { silentLogger } from '../../io/logger.ts'
import { ManualClock } from '../../io/sim/clock.ts'
import { SimDisk } from '../../io/sim/disk.ts'
import type { SeededRandom } from '../../io/sim/random.ts'
import type { Trace } from '../../io/sim/trace.ts'
import { errors, type ProtocolError } from '../../protocol/errors.ts'
import type { TopicPartition } from '../../protocol/types.ts'
import type { Plant } from './plant.ts'
import { WatchedPartition } from './watched-partition.ts'

export const outputPartitions = 2
export const inputTopics: readonly TestTopic[] = [
  { name: 'ta', id: Buffer.from('ta'.padEnd(16)).toString('base64url'), partitionCount: 3 },
  { name: 'tb', id: Buffer.from('tb'.padEnd(16)).toString('base64url'), partitionCount: 2 },
]
const places: readonly TopicPartition[] = [
  { topic: '__consumer_offsets', partition: 0 },
  { topic: '__transaction_state', partition: 0 },
  ...Array.from({ length: outputPartitions }, (_, partition) => ({ topic: 'out', partition })),
]
const topics: readonly TestTopic[] = [
  offsetsTopicOf(1),
  { name: '__transaction_state', id: Buffer.from('transactions    ').toString('base64url'), partitionCount: 1 },
  { name: 'out', id: Buffer.from('out'.padEnd(16)).toString('base64url'), partitionCount: outputPartitions },
  ...inputTopics,
]
const settings = new Map([
  ['group.initial.rebalance.delay.ms', '300'],
  ['group.consumer.assignment.interval.ms', '500'],
  ['group.consumer.min.session.timeout.ms', '5000'],
  ['group.consumer.session.timeout.ms', '6000'],
  ['transaction.abort.timed.out.transaction.cleanup.interval.ms', '1000'],
  ['offsets.commit.timeout.ms', '1500'],
  ['request.timeout.ms', '1500'],
])
const config = brokerConfig({ profile: developmentProfile(), overrides: settings })
const logConfig = logConfigOf(config, new Map([['min.insync.replicas', '2']]))
const brokerId = 0
/** Of what happened, for reading. */
const linesMax = 500
const logPath = '/logs'
const diskMsMax = 4
const markerLossChance = 0.05
/** Records of __consumer_offsets that `lostOffset` takes away in a crash. */
const plantedLossMax = 30

/** Alone: committed when written. Behind: another replica is in sync and does not follow. Missing: too few are in sync. */
export type Replicas = 'alone' | 'behind' | 'missing'
const other = 1
const replicaSets: Record<Replicas, { readonly replicas: number[]; readonly isr: number[] }> = {
  alone: { replicas: [brokerId], isr: [brokerId] },
  behind: { replicas: [brokerId, other], isr: [brokerId, other] },
  missing: { replicas: [brokerId, other], isr: [brokerId] },
}

interface Place extends TopicPartition {
  readonly name: string
  readonly stable: LastStableOffsetHolds
  leaderEpoch: number
  replicas: Replicas
  led: WatchedPartition | undefined
}

export interface MachineOptions {
  readonly random: SeededRandom
  readonly trace: Trace
  /** Takes what happened last, for reading. */
  readonly lines?: string[] | undefined
  /** The finalised level of transaction.version. */
  readonly transactionVersion: number
  readonly plant: Plant | undefined
}

export class CoordinatorMachine {
  readonly clock = new ManualClock()
  readonly disk: SimDisk
  readonly metadata = new TestMetadata(topics)
  readonly counts = { crashes: 0, elections: 0, reloads: 0, markers: 0 }
  groups!: GroupCoordinator
  transactions!: TransactionCoordinator
  /** Counts the processes there have been. */
  life = 0
  isUp = false
  readonly #options: MachineOptions
  readonly #random: SeededRandom
  readonly #places: readonly Place[]
  #markers!: MarkerWriter
  #nextProducerId = 1
  /** Nothing of the network between brokers fails any more. */
  isHealed = false

  constructor(options: MachineOptions) {
    this.#options = options
    this.#random = options.random
    this.metadata.features.set('transaction.version', options.transactionVersion)
    const latencyMs = () => this.#random.int(diskMsMax)
    const schedule = (ms: number, run: () => void) => this.clock.after(ms, run)
    this.disk = new SimDisk({ schedule, latencyMs, random: options.random.fork('disk'), nowMs: () => this.clock.now() })
    this.#places = places.map(place => {
      const name = `${place.topic}-${place.partition}`
      const stable = new LastStableOffsetHolds(name)
      return { ...place, name, stable, leaderEpoch: -1, replicas: 'alone', led: undefined }
    })
  }

  /** A new process: opens the logs, leads all partitions, loads the coordinators. */
  async start(): Promise<void> {
    const life = ++this.life
    const { clock } = this
    const world = { clock, random: this.#random.fork(`life ${life}`), logger: silentLogger }
    const directory = new LogDirectory({
      disk: this.disk.mount(),
      clock,
      logger: silentLogger,
      path: logPath,
      minFreeBytes: 0,
    })
    const files = { openFiles: new OpenFiles(), indexCache: new IndexCache() }
    for (const place of this.#places) {
      const { topic, partition } = place
      const topicId = this.metadata.image.topicByName(topic)!.id
      const log = await openPartitionLog({
        world,
        directory,
        path: `${logPath}/${place.name}`,
        topic,
        partition,
        topicId,
        config: logConfig,
        ...files,
        wasClean: false,
        producerExpirationMs: 86_400_000,
      })
      if (life !== this.life) return
      if (this.#options.plant === 'lostOffset' && life > 1 && topic === '__consumer_offsets') {
        await log.truncateTo(Math.max(0, log.nextOffset - plantedLossMax))
      }
      place.stable.forgetFrom(log.nextOffset)
      place.led = this.#watched(place, topicId, log)
    }
    this.#createCoordinators(world)
    this.isUp = true
    for (const place of this.#places) this.#lead(place)
    await Promise.all([
      this.groups.onLeadership(0, this.#epochOf(0)),
      this.transactions.onLeadership(0, this.#epochOf(1)),
    ])
    this.counts.reloads += 2
  }

  #epochOf(index: number): number {
    return this.#places[index]!.leaderEpoch
  }

  #watched(place: Place, topicId: string, log: Awaited<ReturnType<typeof openPartitionLog>>): WatchedPartition {
    const { topic, partition: index, stable, name } = place
    const { plant, trace } = this.#options
    const onAppended = (bytes: Buffer, baseOffset: number) => {
      trace.add(this.clock.monotonicMs(), `bytes of ${name}`, [bytes])
      this.note(`append ${name} ${baseOffset}`)
    }
    return new WatchedPartition({ topic, index, topicId, log, brokerId, stable, onAppended, plant })
  }

  #createCoordinators(world: ConstructorParameters<typeof GroupCoordinator>[0]['world']): void {
    const partitions = { get: (topic: string, index: number) => this.partition(topic, index) }
    const { metadata } = this
    this.groups = new GroupCoordinator({ world, config, metadata, partitions })
    this.#markers = new MarkerWriter({ partitions, groups: this.groups, clock: this.clock, timeoutMs: 1000 })
    this.transactions = new TransactionCoordinator({
      world,
      config,
      partitions,
      metadata,
      producerIds: { next: () => this.#producerId() },
      markers: { write: (partition, end) => this.#writeMarker(partition, end) },
    })
  }

  async #producerId(): Promise<number> {
    if (!this.isHealed && this.#random.chance(0.1)) throw new Error('no producer ids now: asked for by the simulation')
    return this.#nextProducerId++
  }

  /** Written or not, the answer may say that it was not. */
  async #writeMarker(partition: TopicPartition, end: TransactionEnd): Promise<ProtocolError> {
    this.counts.markers++
    const isOther = this.#options.plant === 'halfTransaction' && partition.topic === 'out' && partition.partition === 1
    const isLost = !this.isHealed && this.#random.chance(markerLossChance)
    if (isLost && this.#random.chance(0.5)) return errors.REQUEST_TIMED_OUT
    const error = await this.#markers.write(partition, isOther ? { ...end, committed: !end.committed } : end)
    return isLost ? errors.REQUEST_TIMED_OUT : error
  }

  /** What handlers ask of a broker, as far as those of the coordinators do. */
  get services(): Services {
    const { groups, transactions, metadata } = this
    const leading = (topic: string, index: number) => {
      const partition = this.partition(topic, index)
      return partition?.isLeader ? { partition } : { error: errors.NOT_LEADER_OR_FOLLOWER }
    }
    const world = { clock: this.clock }
    return { groups, transactions, metadata, config, world, partitions: { leading } } as unknown as Services
  }

  partition(topic: string, index: number): WatchedPartition | undefined {
    return this.#places.find(place => place.topic === topic && place.partition === index)?.led
  }

  *partitions(): Generator<{ readonly partition: WatchedPartition; readonly stable: LastStableOffsetHolds }> {
    for (const { led: partition, stable } of this.#places) if (partition !== undefined) yield { partition, stable }
  }

  /** Whether a producer has a transaction under way in a partition of the output. */
  hasOpenTransaction(index: number, producerId: number): boolean {
    const producers = [...(this.partition('out', index)?.log.activeProducers() ?? [])]
    return producers.some(each => each.producerId === producerId && each.currentTransactionStartOffset >= 0)
  }

  /** The bytes of a log up to its high watermark, at once. */
  committedBytes(topic: string): Buffer {
    const { led: partition, name } = this.#places.find(place => place.topic === topic)!
    const bytes = this.disk.peek(`${logPath}/${name}/00000000000000000000.log`)
    return cutAt(bytes, partition!.highWatermark)
  }

  /** kill -9. Comes back by `start`. */
  crash(): void {
    this.counts.crashes++
    this.life++
    this.isUp = false
    this.note('crash')
    void this.groups.close()
    this.transactions.close()
    for (const place of this.#places) {
      place.led?.close(errors.NOT_LEADER_OR_FOLLOWER)
      place.led = undefined
      place.replicas = 'alone'
    }
    this.disk.crashProcess()
  }

  setReplicas(index: number, replicas: Replicas): void {
    const place = this.#places[index % this.#places.length]!
    if (!this.isUp || place.led?.leader !== brokerId) return
    place.replicas = replicas
    this.note(`${place.name} ${replicas}`)
    this.#apply(place, brokerId)
  }

  mendReplicas(): void {
    for (const [index, { replicas }] of this.#places.entries())
      if (replicas !== 'alone') this.setReplicas(index, 'alone')
  }

  /** Another broker leads the partition for a while, and then this one again. `losesTail`: without what was not committed. */
  async elect(index: number, losesTail: boolean, awayMs: number): Promise<void> {
    const place = this.#places[index % this.#places.length]!
    const { led: partition } = place
    const { life } = this
    if (!this.isUp || partition?.leader !== brokerId) return
    this.counts.elections++
    this.note(`elect ${place.name} ${losesTail}`)
    place.leaderEpoch++
    place.replicas = 'alone'
    const committed = partition.highWatermark
    this.#apply(place, other)
    if (place.topic === '__consumer_offsets') this.groups.onResignation(0)
    if (place.topic === '__transaction_state') this.transactions.onResignation(0)
    if (losesTail) {
      await partition.log.truncateTo(committed)
      if (life !== this.life) return
      place.stable.forgetFrom(partition.log.nextOffset)
    }
    await new Promise<void>(resolve => void this.clock.after(awayMs, resolve))
    if (life !== this.life) return
    this.#lead(place)
    await this.#onLeadership(place)
    this.counts.reloads++
  }

  /** The leader stays, and only its epoch rises. */
  raiseEpoch(index: number): void {
    const place = this.#places[index % this.#places.length]!
    if (!this.isUp || place.led?.leader !== brokerId) return
    this.note(`epoch of ${place.name}`)
    place.leaderEpoch++
    this.#apply(place, brokerId)
    void this.#onLeadership(place)
  }

  async #onLeadership({ topic, leaderEpoch }: Place): Promise<void> {
    if (topic === '__consumer_offsets') await this.groups.onLeadership(0, leaderEpoch)
    if (topic === '__transaction_state') await this.transactions.onLeadership(0, leaderEpoch)
  }

  #lead(place: Place): void {
    place.leaderEpoch++
    this.#apply(place, brokerId)
  }

  #apply(place: Place, leader: number): void {
    const { partition: index, leaderEpoch, replicas } = place
    const nobody = { removingReplicas: [], addingReplicas: [], eligibleLeaderReplicas: [], lastKnownElr: [] }
    const image = { index, ...replicaSets[replicas], ...nobody, directories: [] }
    place.led!.apply({ ...image, leader, leaderEpoch, leaderRecoveryState: 0, partitionEpoch: 0 })
  }

  /** Into the trace; `detail` is for reading only. */
  note(line: string, detail?: () => string): void {
    const { trace, lines } = this.#options
    const nowMs = this.clock.monotonicMs()
    trace.add(nowMs, line)
    if (lines === undefined) return
    lines.push(`${nowMs.toFixed(3)} ${line} ${detail?.() ?? ''}`)
    if (lines.length > linesMax) lines.shift()
  }
}

const lengthAt = 8
const overheadBytes = 12

/** Whole batches that lie below an offset. */
function cutAt(bytes: Buffer, offset: number): Buffer {
  let end = 0
  while (end + overheadBytes <= bytes.length && Number(bytes.readBigInt64BE(end)) < offset) {
    end += overheadBytes + bytes.readInt32BE(end + lengthAt)
  }
  return bytes.subarray(0, end)
}
