// A broker: its parts, started in the order in which they need each other and stopped in the opposite one. The same object
// runs behind the command line, in a test on a free port, and in the simulator; all of the world comes in as an argument.
//
// Start: log directories (locked, identified) -> metadata (replayed) -> logs (loaded, recovered) -> partitions, groups and
// transactions, which follow the metadata -> listeners bound -> this broker registered with their addresses -> requests served.
// Stop: no new requests, waiting ones answered -> groups -> leadership given up -> logs and metadata closed, clean.

import type { Clock } from '../io/clock.ts'
import type { DiskError } from '../io/disk.ts'
import type { World } from '../io/world.ts'
import type { FrameBuffers } from '../protocol/frame-buffers.ts'
import type { BrokerConfig } from './config/broker-config.ts'
import { GroupCoordinator } from './coordinator/group/group-coordinator.ts'
import { followLeadership } from './coordinator/runtime/follow-leadership.ts'
import { MarkerWriter } from './coordinator/transaction/marker-writer.ts'
import { TransactionCoordinator } from './coordinator/transaction/transaction-coordinator.ts'
import { assignDirectory } from './directory-assignment.ts'
import { LiveConfig } from './live-config.ts'
import { useCompiledChecksum } from './log/compiled-checksum.ts'
import { LogManager } from './log/log-manager.ts'
import { Metadata } from './metadata/metadata.ts'
import { replicaDirectory } from './metadata/replica-directory.ts'
import { storageOf } from './metadata/storage/metadata-storage.ts'
import { brokerMetrics } from './metrics/broker-metrics.ts'
import { type Health, healthOf } from './metrics/health.ts'
import type { Metric } from './metrics/metric.ts'
import { Partitions } from './partition/partitions.ts'
import { advertisedEndpoints } from './server/advertised-endpoints.ts'
import { FetchService } from './server/fetch/fetch-service.ts'
import type { Handler } from './server/handler.ts'
import { HandlerTable } from './server/handler-table.ts'
import { handlers } from './server/handlers/index.ts'
import { ProducerIds } from './server/producer-ids.ts'
import { Server } from './server/server.ts'
import { connectionLimitsOf, serverOptionsOf } from './server/server-options.ts'
import type { Services } from './server/services.ts'
import { offsetsTopic, transactionsTopic } from './server/topic-name.ts'

export interface BrokerOptions {
  readonly world: World
  readonly config: BrokerConfig
  /** What clients are told to connect to where a listener is open on all addresses; 127.0.0.1 when left out. */
  readonly hostName?: string
  /** Called once when the broker cannot go on, such as when its last disk failed. It has fallen silent by then. */
  readonly onFatal?: (error: Error) => void
  /** Where the memory for requests comes from. */
  readonly frameBuffers?: FrameBuffers
  /** What decides in place of each handler of the table, for those who test clients. Called once for each, when the broker starts. */
  readonly wrapHandler?: (handler: Handler) => Handler
  /** How long a stop waits for requests under way, and for clients to take their answers; 10 s when left out. */
  readonly drainMsMax?: number
  /** By what fetches that wait are timed out; the world's clock when left out. */
  readonly fetchClock?: Clock
}

export interface BrokerAddress {
  readonly listener: string
  readonly host: string
  readonly port: number
}

const defaultHostName = '127.0.0.1'

export class Broker {
  readonly #options: BrokerOptions
  readonly #live: LiveConfig
  readonly #server: Server
  #addresses: readonly BrokerAddress[] = []
  #logs: LogManager | undefined
  #metadata: Metadata | undefined
  #partitions: Partitions | undefined
  #groups: GroupCoordinator | undefined
  #markers: MarkerWriter | undefined
  #producerIds: ProducerIds | undefined
  #transactions: TransactionCoordinator | undefined
  #fetches: FetchService | undefined
  #metrics: readonly Metric[] | undefined
  #hasFailed = false
  #stopping: Promise<void> | undefined

  /** A broker that serves. Rejects with an error that names what is in the way; nothing stays open then. */
  static async start(options: BrokerOptions): Promise<Broker> {
    useCompiledChecksum()
    const broker = new Broker(options)
    try {
      await broker.#start()
      return broker
    } catch (error) {
      await broker.#abandon()
      throw error
    }
  }

  private constructor(options: BrokerOptions) {
    const { world, config, frameBuffers, drainMsMax } = options
    this.#options = options
    this.#server = new Server({
      ...serverOptionsOf(world, config),
      ...(frameBuffers && { buffers: frameBuffers }),
      ...(drainMsMax !== undefined && { drainMsMax }),
    })
    this.#live = new LiveConfig(config, world.logger, current => {
      this.#server.limitConnections(connectionLimitsOf(current))
      this.#logs?.updateBrokerConfig(current)
    })
  }

  /** Of the first listener. */
  get port(): number {
    return this.#addresses[0]!.port
  }

  /** Where it listens. */
  get addresses(): readonly BrokerAddress[] {
    return this.#addresses
  }

  get clusterId(): string {
    return this.#metadata!.clusterId
  }

  get metadata(): Metadata {
    return this.#metadata!
  }

  get partitions(): Partitions {
    return this.#partitions!
  }

  get logs(): LogManager {
    return this.#logs!
  }

  /** What it counts, to be read whenever somebody looks. */
  get metrics(): readonly Metric[] {
    const [logs, groups, fetches] = [this.#logs!, this.#groups!, this.#fetches!]
    const transactions = this.#transactions!
    this.#metrics ??= brokerMetrics({ server: this.#server, logs, groups, fetches, transactions })
    return this.#metrics
  }

  get health(): Health {
    const isRegistered = this.#metadata?.image.brokers.get(this.#options.config.nodeId)?.fenced === false
    const isServing = this.#server.isServing && isRegistered && !this.#hasFailed
    return healthOf({ isServing, directories: this.#logs?.directories ?? [] })
  }

  /** Stops cleanly: everything acknowledged is on disk, the next start recovers nothing. Idempotent. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  async #start(): Promise<void> {
    const { world, config } = this.#options
    const { logger } = world
    await this.#openDirectories()
    const logs = this.#logs!
    const metadata = this.#metadata!
    this.#live.adopt(metadata.image)
    const configOf = (topic: string) => this.#live.logConfig(metadata.image.configOverrides('topic', topic))
    await logs.load({
      configOf,
      isStray: (topic, partition, topicId) => {
        const image = metadata.image.topicByName(topic)
        const isSame = topicId === undefined || topicId === image?.id
        return !isSame || !image?.partitions[partition]?.replicas.includes(config.nodeId)
      },
      assignedDirectory: (topic, partition) => replicaDirectory(metadata.image, topic, partition, config.nodeId),
    })
    const partitions = new Partitions({ brokerId: config.nodeId, logs, image: () => metadata.image, configOf, logger })
    this.#partitions = partitions
    logs.setHighWatermarks(() => partitions.highWatermarks())
    logs.moves.connect({
      assign: log => assignDirectory(metadata, config.nodeId, logger, log),
      replaced: (from, to) => partitions.replaced(from, to),
    })
    await metadata.subscribe((image, delta) => this.#live.applyDelta(image, delta))
    await metadata.subscribe((image, delta) => partitions.applyDelta(image, delta))
    const liveConfig = () => this.#live.current
    const groups = new GroupCoordinator({ world, config, liveConfig, partitions, metadata })
    this.#groups = groups
    await metadata.subscribe((_image, delta) => followLeadership(groups, offsetsTopic, config.nodeId, delta))
    await this.#startTransactions(partitions, groups)
    await this.#listen()
  }

  /** Behind the groups: what a transaction left unfinished has markers for them, too. */
  async #startTransactions(partitions: Partitions, groups: GroupCoordinator): Promise<void> {
    const { world, config } = this.#options
    const metadata = this.#metadata!
    const timeoutMs = config.int('request.timeout.ms')
    const markers = new MarkerWriter({ partitions, groups, clock: world.clock, timeoutMs })
    const producerIds = new ProducerIds(metadata)
    const transactions = new TransactionCoordinator({ world, config, partitions, metadata, producerIds, markers })
    this.#markers = markers
    this.#producerIds = producerIds
    this.#transactions = transactions
    await metadata.subscribe((_image, delta) => followLeadership(transactions, transactionsTopic, config.nodeId, delta))
  }

  async #openDirectories(): Promise<void> {
    const { world, config } = this.#options
    const onFatal = (error: DiskError | Error) => this.#fail(error)
    const logs = await LogManager.open({ world, config, onFatal })
    this.#logs = logs
    this.#metadata = await Metadata.open({ world, config, storage: storageOf(logs), onFailed: onFatal })
  }

  /** Binds, registers this broker under the addresses that came of it, and serves. */
  async #listen(): Promise<void> {
    const { world, config, hostName = defaultHostName } = this.#options
    const metadata = this.#metadata!
    const addresses: BrokerAddress[] = []
    for (const { listener, host, port } of config.listeners) {
      addresses.push({ listener, ...(await this.#server.bind({ name: listener, host, port })) })
    }
    this.#addresses = addresses
    const endpoints = advertisedEndpoints(config, addresses, hostName)
    const { previousBrokerEpoch } = this.#logs!
    await metadata.registerBroker({ endpoints, rack: config.string('broker.rack'), previousBrokerEpoch })
    this.#logs!.setBrokerEpoch(metadata.brokerEpoch)
    await metadata.unfenceBroker()
    const services = this.#services()
    this.#server.serve(services, services.handlers)
    for (const { listener, host, port } of addresses) world.logger.info({ listener, host, port }, 'listening')
  }

  #services(): Services {
    const { world, config } = this.#options
    const live = this.#live
    const slots = config.int('max.incremental.fetch.session.cache.slots')
    const { wrapHandler, fetchClock = world.clock } = this.#options
    this.#fetches = new FetchService({ clock: fetchClock, random: world.random }, this.#partitions!, slots)
    const table = wrapHandler === undefined ? handlers : handlers.map(each => wrapHandler(each))
    return {
      world,
      get config() {
        return live.current
      },
      metadata: this.#metadata!,
      logs: this.#logs!,
      partitions: this.#partitions!,
      groups: this.#groups!,
      fetches: this.#fetches,
      producerIds: this.#producerIds!,
      transactions: this.#transactions!,
      markers: this.#markers!,
      handlers: new HandlerTable(table, config.boolean('unstable.api.versions.enable')),
    }
  }

  async #stop(): Promise<void> {
    if (this.#hasFailed) return
    const drained = this.#server.stop()
    this.#logs?.moves.stop()
    this.#fetches?.stop()
    // Those who wait for a group, such as for its other members to join, are answered and look for another coordinator.
    this.#transactions?.close()
    await this.#groups?.close()
    await drained
    await this.#metadata?.stopBroker()
    this.#partitions?.close()
    await this.#metadata?.close()
    await this.#logs?.close()
    this.#options.world.logger.info({}, 'stopped cleanly')
  }

  /** What a disk did not take cannot be acknowledged by anybody: nothing is answered any more. */
  #fail(error: Error): void {
    if (this.#hasFailed) return
    this.#hasFailed = true
    this.#options.world.logger.error({ err: error }, 'the broker cannot go on')
    void this.#server.destroy()
    this.#options.onFatal?.(error)
  }

  /** The start failed: lets go of what it had opened. What fails now only follows from that. */
  async #abandon(): Promise<void> {
    const closing = [
      () => this.#server.destroy(),
      () => this.#transactions?.close(),
      () => this.#groups?.close(),
      () => this.#metadata?.close(),
      () => this.#logs?.close(),
    ]
    for (const close of closing) {
      try {
        await close()
      } catch (error) {
        this.#options.world.logger.debug({ err: error }, 'while abandoning a failed start')
      }
    }
  }
}
