// The metadata of the cluster on this node: __cluster_metadata-0, the image of it, and the controller that decides its records.
//
// Life of a decision: a pure function of controller/ answers records and a response (synchronously, on the image as decided so
// far); the records get their offsets and are applied to that image at once, so that the next decision sees them; the quorum
// driver writes and flushes them; then they are replayed into the image that everybody sees, the subscribers are told one after
// the other, and the response goes out.

import type { World } from '../../io/world.ts'
import type { alterConfigs as alterConfigsApi } from '../../protocol/messages/alter-configs.ts'
import type { alterPartitionReassignments as alterPartitionReassignmentsApi } from '../../protocol/messages/alter-partition-reassignments.ts'
import type { assignReplicasToDirs as assignReplicasToDirsApi } from '../../protocol/messages/assign-replicas-to-dirs.ts'
import type { createPartitions as createPartitionsApi } from '../../protocol/messages/create-partitions.ts'
import type { createTopics as createTopicsApi } from '../../protocol/messages/create-topics.ts'
import type { deleteTopics as deleteTopicsApi } from '../../protocol/messages/delete-topics.ts'
import type { electLeaders as electLeadersApi } from '../../protocol/messages/elect-leaders.ts'
import type { incrementalAlterConfigs as incrementalAlterConfigsApi } from '../../protocol/messages/incremental-alter-configs.ts'
import type { unregisterBroker as unregisterBrokerApi } from '../../protocol/messages/unregister-broker.ts'
import type { updateFeatures as updateFeaturesApi } from '../../protocol/messages/update-features.ts'
import type { Message, MessageInput } from '../../protocol/wire/schema.ts'
import type { Uuid } from '../../protocol/wire/uuid.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import type { VoterSet } from '../raft/voter-set.ts'
import { activationRecords, registerController } from './controller/activation.ts'
import { alterConfigs, incrementalAlterConfigs } from './controller/alter-configs.ts'
import { assignReplicasToDirs } from './controller/assign-replicas-to-dirs.ts'
import { controlledShutdown, fenceBroker, registerBroker, unfenceBroker } from './controller/broker-registration.ts'
import { createPartitions } from './controller/create-partitions.ts'
import { createTopics } from './controller/create-topics.ts'
import type { Decision, DecisionContext } from './controller/decision.ts'
import { deleteTopics } from './controller/delete-topics.ts'
import { electLeaders } from './controller/elect-leaders.ts'
import { alterPartitionReassignments } from './controller/partition-reassignments.ts'
import { allocateProducerIds, type ProducerIdBlock } from './controller/producer-ids.ts'
import { unregisterBroker } from './controller/unregister-broker.ts'
import { updateFeatures } from './controller/update-features.ts'
import { EffectiveConfig } from './effective-config.ts'
import { metadataVersionFeature } from './feature-levels.ts'
import { initialDelta } from './image/delta-recorder.ts'
import type { ReplayedImage } from './image/replayed-image.ts'
import type { TransactionBuffer } from './image/transaction-buffer.ts'
import type { MetadataDelta } from './metadata-delta.ts'
import type { EndpointImage, MetadataImage } from './metadata-image.ts'
import { decodeRecord, encodeRecord, type RecordInput, recordInput } from './metadata-record.ts'
import { type CommittedBatch, QuorumDriver } from './quorum-driver.ts'
import { recordVersions } from './record-versions.ts'
import { batchBytesMax, type StartedQuorum, startQuorum } from './start-quorum.ts'
import { randomUuid } from './storage/identity.ts'
import { inBatches } from './storage/in-batches.ts'
import type { MetadataStorage } from './storage/metadata-storage.ts'
import { SnapshotKeeper } from './storage/snapshot-keeper.ts'

export interface MetadataOptions {
  readonly world: World
  /** As the broker was started. */
  readonly config: BrokerConfig
  /** `storageOf(logs)` of a LogManager that is open and has loaded nothing yet. */
  readonly storage: MetadataStorage
  /** Called once when the metadata log cannot be written any more: the node must stop and answer nothing. */
  readonly onFailed: (error: Error) => void
}

/**
 * Told of every change, in order; awaited before the next change and before whoever asked for it gets an answer. So it must not
 * itself wait for a decision of the controller: that would be waiting for itself.
 */
export type Subscriber = (image: MetadataImage, delta: MetadataDelta) => void | Promise<void>

export interface BrokerToRegister {
  /** The advertised ones, with the ports that are really listened on. */
  readonly endpoints: readonly EndpointImage[]
  readonly rack: string | null
  /** The brokerEpoch in .kafka_cleanshutdown if the last stop was clean; undefined or -1 otherwise. */
  readonly previousBrokerEpoch: number | undefined
}

export interface QuorumDescription {
  readonly leaderId: number
  readonly leaderEpoch: number
  readonly highWatermark: number
  readonly logEndOffset: number
  readonly voters: VoterSet
}

export class Metadata {
  readonly clusterId: string
  readonly #options: MetadataOptions
  readonly #started: StartedQuorum
  readonly #driver: QuorumDriver
  readonly #keeper: SnapshotKeeper
  readonly #decided: ReplayedImage
  readonly #decidedConfig: EffectiveConfig
  readonly #transactions: TransactionBuffer
  readonly #subscribers: Subscriber[] = []
  #brokerEpoch = -1
  #isClosing = false
  #lastTurn: Promise<void> = Promise.resolve()
  #cancelIdle: (() => void) | undefined
  /** Whether anything was decided since the idle timer last ran. */
  #isActive = false

  /**
   * Replays what is on disk, formats what is fresh, and becomes leader of the quorum of one. The first records of the leadership
   * are still on their way when this resolves: others can load their logs meanwhile. No broker is registered yet.
   */
  static async open(options: MetadataOptions): Promise<Metadata> {
    const metadata = new Metadata(options, await startQuorum(options))
    metadata.#activate()
    return metadata
  }

  private constructor(options: MetadataOptions, started: StartedQuorum) {
    const { world, config } = options
    const { quorum, log, image, replayed } = started
    this.clusterId = started.clusterId
    this.#options = options
    this.#started = started
    this.#decided = image.forDecisions()
    this.#decidedConfig = new EffectiveConfig(config)
    this.#transactions = replayed.transactions
    this.#keeper = new SnapshotKeeper({
      disk: world.disk,
      clock: world.clock,
      logger: world.logger,
      directory: started.directory,
      log,
      limits: snapshotLimits(config),
      quorum: () => ({
        kraftVersion: started.kraftVersion,
        voters: started.kraftVersion > 0 ? quorum.voters : undefined,
      }),
      snapshots: started.snapshots,
      bytesSinceSnapshot: replayed.bytesSinceSnapshot,
    })
    this.#driver = new QuorumDriver({
      quorum,
      log,
      clock: world.clock,
      writeElectionState: started.writeElectionState,
      publish: batch => this.#publish(batch),
      onFailed: options.onFailed,
    })
  }

  /** What is committed. Live: ask again after an `await`. */
  get image(): MetadataImage {
    return this.#started.image
  }

  get controllerId(): number {
    return this.#options.config.nodeId
  }

  /** Level of the quorum's own feature: 1 where the log names the voters. */
  get kraftVersion(): number {
    return this.#started.kraftVersion
  }

  /** Of this broker's registration; -1 before `registerBroker`. */
  get brokerEpoch(): number {
    return this.#brokerEpoch
  }

  /** Resolves when everything decided so far is on disk and every subscriber is done with it. */
  settled(): Promise<void> {
    return this.#driver.settled(this.#started.quorum.nextOffset)
  }

  /** Every change from now on; called at once with all of the image as the first delta, and awaited. */
  subscribe(subscriber: Subscriber): Promise<void> {
    return this.#inTurn(async () => {
      this.#subscribers.push(subscriber)
      await subscriber(this.image, initialDelta(this.image))
    })
  }

  /** Registers this broker, fenced: clients are not sent to it, partitions have no leader yet. */
  registerBroker(broker: BrokerToRegister): Promise<void> {
    return this.#decide(context => {
      const registration = {
        brokerId: this.controllerId,
        incarnationId: context.newUuid(),
        directories: this.#onlineDirectories(),
        ...broker,
      }
      const { records, brokerEpoch } = registerBroker(context, registration, this.#started.quorum.nextOffset)
      this.#brokerEpoch = brokerEpoch
      return { records, response: undefined }
    }, moves)
  }

  /** The broker serves: it leads its partitions from now on. */
  unfenceBroker(): Promise<void> {
    return this.#decide(context => ({ records: unfenceBroker(context, this.controllerId), response: undefined }), moves)
  }

  /** The broker is about to stop: it gives up its leaderships and is fenced. Does nothing when it never registered, or is forgotten. */
  async stopBroker(): Promise<void> {
    if (this.#brokerEpoch < 0 || !this.#decided.brokers.has(this.controllerId)) return
    // Two decisions, as Kafka makes them; the second sees the records of the first, and one flush serves both.
    const stopped = [controlledShutdown, fenceBroker].map(decide =>
      this.#decide(context => ({ records: decide(context, this.controllerId), response: undefined }), moves),
    )
    await Promise.all(stopped)
  }

  createTopics(
    request: Message<typeof createTopicsApi.request>,
  ): Promise<MessageInput<typeof createTopicsApi.response>> {
    return this.#decide(context => createTopics(context, request))
  }

  deleteTopics(
    request: Message<typeof deleteTopicsApi.request>,
    apiVersion: number,
  ): Promise<MessageInput<typeof deleteTopicsApi.response>> {
    return this.#decide(context => deleteTopics(context, request, apiVersion))
  }

  createPartitions(
    request: Message<typeof createPartitionsApi.request>,
  ): Promise<MessageInput<typeof createPartitionsApi.response>> {
    return this.#decide(context => createPartitions(context, request))
  }

  alterConfigs(
    request: Message<typeof alterConfigsApi.request>,
  ): Promise<MessageInput<typeof alterConfigsApi.response>> {
    return this.#decide(context => alterConfigs(context, request))
  }

  incrementalAlterConfigs(
    request: Message<typeof incrementalAlterConfigsApi.request>,
  ): Promise<MessageInput<typeof incrementalAlterConfigsApi.response>> {
    return this.#decide(context => incrementalAlterConfigs(context, request))
  }

  updateFeatures(
    request: Message<typeof updateFeaturesApi.request>,
    apiVersion: number,
  ): Promise<MessageInput<typeof updateFeaturesApi.response>> {
    const node = {
      nodeId: this.controllerId,
      directories: this.#onlineDirectories(),
      registerController: () => this.#controllerRegistration(),
    }
    return this.#decide(context =>
      updateFeatures({ ...context, node, kraftVersion: this.kraftVersion }, request, apiVersion),
    )
  }

  electLeaders(
    request: Message<typeof electLeadersApi.request>,
  ): Promise<MessageInput<typeof electLeadersApi.response>> {
    return this.#decide(context => electLeaders(context, request), moves)
  }

  unregisterBroker(
    request: Message<typeof unregisterBrokerApi.request>,
  ): Promise<MessageInput<typeof unregisterBrokerApi.response>> {
    return this.#decide(context => unregisterBroker(context, request), moves)
  }

  alterPartitionReassignments(
    request: Message<typeof alterPartitionReassignmentsApi.request>,
    apiVersion: number,
  ): Promise<MessageInput<typeof alterPartitionReassignmentsApi.response>> {
    return this.#decide(context => alterPartitionReassignments(context, request, apiVersion))
  }

  assignReplicasToDirs(
    request: Message<typeof assignReplicasToDirsApi.request>,
  ): Promise<MessageInput<typeof assignReplicasToDirsApi.response>> {
    return this.#decide(context => assignReplicasToDirs(context, request))
  }

  /** The quorum of the metadata log, led by this node. */
  describeQuorum(): QuorumDescription {
    const { voters, epoch, highWatermark } = this.#started.quorum
    const logEndOffset = this.#started.quorum.nextOffset
    return { leaderId: this.controllerId, leaderEpoch: epoch, highWatermark, logEndOffset, voters }
  }

  /** A block of producer ids that nobody else will get. */
  allocateProducerIds(): Promise<ProducerIdBlock> {
    return this.#decide(context => allocateProducerIds(context, this.controllerId))
  }

  /** Writes what is queued and stops. Call `stopBroker` first. The log itself is the LogManager's to close. */
  async close(): Promise<void> {
    if (this.#isClosing) return
    this.#isClosing = true
    this.#cancelIdle?.()
    try {
      await this.settled()
      if (this.#transactions.isOpen) await this.#keeper.idle()
      else await this.#keeper.finish(this.#started.image)
    } finally {
      this.#driver.stop()
      await this.#started.log.close()
    }
  }

  /** Begins to lead: election state and the first records of the epoch share one trip to the disk each. */
  #activate(): void {
    const { world, config } = this.#options
    const { quorum, image, bootstrap, replayed } = this.#started
    quorum.step({ type: 'start' })
    const first = activationRecords({
      bootstrap,
      metadataVersion: image.features.get(metadataVersionFeature),
      transactionIsOpen: replayed.transactions.isOpen,
      minInsyncReplicas: config.int('min.insync.replicas'),
    })
    if (first.length > 0) this.#write(first)
    if (recordVersions(this.#decided.features.get(metadataVersionFeature)!).registersControllers) {
      this.#write([this.#controllerRegistration()])
    }
    void this.#driver.pump()
    const { offset } = image
    world.logger.info(
      { clusterId: this.clusterId, epoch: quorum.epoch, offset },
      'metadata replayed, leading the quorum',
    )
    this.#scheduleIdle()
  }

  #controllerRegistration(): RecordInput {
    const { voters } = this.#started.quorum
    return registerController({
      controllerId: this.controllerId,
      incarnationId: randomUuid(this.#options.world.random),
      endpoints: voters
        .filter(voter => voter.id === this.controllerId)
        .flatMap(voter => voter.endpoints.map(endpoint => ({ ...endpoint, securityProtocol: 0 }))),
    })
  }

  #onlineDirectories(): Uuid[] {
    return this.#options.storage.directories.filter(({ isOnline }) => isOnline).map(directory => directory.directoryId!)
  }

  async #decide<Response>(
    decide: (context: DecisionContext) => Decision<Response>,
    { isAtomic = true } = {},
  ): Promise<Response> {
    const { records, response } = decide(this.#context())
    if (records.length > 0) this.#write(records, { isAtomic })
    // Also a decision that changes nothing waits: it may rest on records that could still be lost.
    await this.settled()
    return response
  }

  #context(): DecisionContext {
    const { world } = this.#options
    return {
      image: this.#decided,
      config: this.#decidedConfig.of(this.#decided),
      newUuid: () => randomUuid(world.random),
    }
  }

  /**
   * Gives the records their offsets and makes them part of what is decided. A request's records are one batch, all or nothing;
   * others may be several, when they do not fit into one.
   */
  #write(records: readonly RecordInput[], { isAtomic = false } = {}): void {
    const batches = inBatches(records.map(encodeRecord), batchBytesMax(this.#options.config))
    if (isAtomic && batches.length > 1) {
      throw new RangeError(
        `a request leads to ${records.length} metadata records, which do not fit into one batch: split it`,
      )
    }
    for (const frames of batches) {
      this.#driver.propose(frames)
      for (const frame of frames) this.#decided.apply(decodeRecord(frame))
    }
    this.#isActive = true
    this.#decided.commit({ ...this.#decided.provenance, offset: this.#started.quorum.nextOffset - 1 })
  }

  #publish(batch: CommittedBatch): Promise<void> {
    return this.#inTurn(async () => {
      this.#replay(batch)
      const delta = this.#started.image.takeDelta()
      for (const subscriber of this.#subscribers) await this.#tell(subscriber, delta)
      if (!this.#transactions.isOpen && !this.#isClosing) this.#keeper.published(this.#started.image, batch.sizeBytes)
    })
  }

  #replay(batch: CommittedBatch): void {
    const { image } = this.#started
    if (!batch.isControl) {
      for (const frame of batch.frames) {
        for (const record of this.#transactions.take(decodeRecord(frame))) image.apply(record)
      }
    }
    image.commit({ offset: batch.lastOffset, epoch: batch.epoch, timestampMs: batch.timestampMs })
  }

  /** One after the other: a new subscriber sees the whole image and then each change, and none of them twice. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#lastTurn.then(work)
    this.#lastTurn = turn.catch(() => {})
    return turn
  }

  /** A subscriber that fails must not keep the others from hearing of the change, nor the log from going on. */
  async #tell(subscriber: Subscriber, delta: MetadataDelta): Promise<void> {
    try {
      await subscriber(this.image, delta)
    } catch (error) {
      this.#options.world.logger.error(
        { err: error, offset: this.image.offset },
        'a change of the metadata could not be applied',
      )
    }
  }

  /** metadata.max.idle.interval.ms: the log shows that its leader is alive although nothing happens. */
  #scheduleIdle(): void {
    const { clock } = this.#options.world
    const intervalMs = this.#options.config.int('metadata.max.idle.interval.ms')
    if (intervalMs === 0) return
    this.#cancelIdle = clock.after(intervalMs, () => {
      if (this.#isClosing) return
      if (!this.#isActive) this.#writeNoOp()
      this.#isActive = false
      this.#scheduleIdle()
    })
  }

  #writeNoOp(): void {
    try {
      this.#driver.propose([encodeRecord(recordInput('noOp', 0, {}))], { isDurable: false })
    } catch {
      // The log has failed, which everybody has been told of.
    }
  }
}

/** What a broker's coming and going means for its partitions may take several batches, as in Kafka. */
const moves = { isAtomic: false } as const

function snapshotLimits(config: BrokerConfig) {
  return {
    bytesBetween: config.limit('metadata.log.max.record.bytes.between.snapshots'),
    intervalMs: config.limit('metadata.log.max.snapshot.interval.ms'),
    retentionBytes: config.limit('metadata.max.retention.bytes'),
    retentionMs: config.limit('metadata.max.retention.ms'),
  }
}
