// A Metadata for tests: on a disk in memory, with the log's twin, a clock that is moved by hand and chance from a seed.

import { type BrokerConfig, brokerConfig } from '../broker/config/broker-config.ts'
import { developmentProfile } from '../broker/config/development-profile.ts'
import { type MetaProperties, readMetaProperties, writeMetaProperties } from '../broker/log/meta-properties.ts'
import { Metadata } from '../broker/metadata/metadata.ts'
import { randomUuid } from '../broker/metadata/storage/identity.ts'
import { MemoryMetadataLog } from '../broker/metadata/storage/memory-metadata-log.ts'
import type { MetadataStorage, StorageDirectory } from '../broker/metadata/storage/metadata-storage.ts'
import type { Disk } from '../io/disk.ts'
import { type Logger, silentLogger } from '../io/logger.ts'
import { ManualClock } from '../io/sim/clock.ts'
import { memoryDisk } from '../io/sim/disk.ts'
import { seededRandom } from '../io/sim/random.ts'
import { simWorkers } from '../io/sim/workers.ts'
import type { World } from '../io/world.ts'
import type { Uuid } from '../protocol/wire/uuid.ts'

export interface BenchOptions {
  /** Settings on top of the development profile. */
  readonly settings?: Readonly<Record<string, string>>
  readonly disk?: Disk
  readonly log?: MemoryMetadataLog
  readonly clock?: ManualClock
  readonly seed?: number
  readonly logger?: Logger
  /** Of the last clean stop. */
  readonly previousBrokerEpoch?: number
  /** Advertised to clients. */
  readonly port?: number
}

/** The default log directory. */
export const benchDirectory = '/data'

export class MetadataBench {
  readonly clock: ManualClock
  readonly disk: Disk
  readonly log: MemoryMetadataLog
  readonly metadata: Metadata
  readonly config: BrokerConfig
  readonly failures: Error[]

  private constructor(parts: Pick<MetadataBench, 'clock' | 'disk' | 'log' | 'metadata' | 'config' | 'failures'>) {
    this.clock = parts.clock
    this.disk = parts.disk
    this.log = parts.log
    this.metadata = parts.metadata
    this.config = parts.config
    this.failures = parts.failures
  }

  /** Opens, without a broker. */
  static async open(options: BenchOptions = {}): Promise<MetadataBench> {
    const { disk = memoryDisk(), log = new MemoryMetadataLog(), clock = new ManualClock(), seed = 1 } = options
    const settings = new Map(Object.entries({ 'log.dirs': benchDirectory, ...options.settings }))
    const config = brokerConfig({ profile: developmentProfile({ dataDir: benchDirectory }), properties: settings })
    const random = seededRandom(seed)
    const world = {
      disk,
      clock,
      random,
      logger: options.logger ?? silentLogger,
      workers: simWorkers(),
    } as unknown as World
    const failures: Error[] = []
    const metadata = await Metadata.open({
      world,
      config,
      storage: await benchStorage(world, config.logDirs, log),
      onFailed: error => failures.push(error),
    })
    await metadata.settled()
    return new MetadataBench({ clock, disk, log, metadata, config, failures })
  }

  /** Opens with a broker that serves. */
  static async serving(options: BenchOptions = {}): Promise<MetadataBench> {
    const bench = await MetadataBench.open(options)
    await bench.metadata.registerBroker({
      endpoints: [{ name: 'PLAINTEXT', host: '127.0.0.1', port: options.port ?? 9092, securityProtocol: 0 }],
      rack: null,
      previousBrokerEpoch: options.previousBrokerEpoch,
    })
    await bench.metadata.unfenceBroker()
    return bench
  }
}

async function benchStorage(world: World, paths: readonly string[], log: MemoryMetadataLog): Promise<MetadataStorage> {
  const { disk, random } = world
  const directory = `${paths[0]}/__cluster_metadata-0`
  await disk.makeDirectory(directory)
  const metaProperties = new Map<string, MetaProperties | undefined>()
  for (const path of paths) {
    await disk.makeDirectory(path)
    metaProperties.set(path, await readMetaProperties(disk, path))
  }
  return {
    metaProperties,
    get directories(): StorageDirectory[] {
      return paths.map(path => ({ path, isOnline: true, directoryId: metaProperties.get(path)?.directoryId }))
    },
    async format(identity) {
      for (const path of paths) {
        if (metaProperties.get(path)) continue
        const directoryId: Uuid = randomUuid(random)
        const properties = { version: 1, directoryId, ...identity }
        await writeMetaProperties(disk, path, properties)
        metaProperties.set(path, properties)
      }
    },
    openLog: async () => ({ log, directory }),
  }
}
