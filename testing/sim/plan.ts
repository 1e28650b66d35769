// What a seed decides before anything happens: the broker's settings, the topics, who uses them, and which faults there are.

import type { Durability } from '../../broker/sim/partition-history.ts'
import type { NetworkConditions } from '../../io/sim/net.ts'
import type { SeededRandom } from '../../io/sim/random.ts'

export interface TopicPlan {
  readonly name: string
  readonly partitions: number
  readonly durability: Durability
  readonly configs: Readonly<Record<string, string>>
  /** Clients delete records from it. */
  readonly trimmed: boolean
  /** The broker deletes old segments of it. */
  readonly retention: boolean
  /** The broker stamps the time into its batches, or compresses them anew, which changes their bytes. */
  readonly stamped: boolean
}

const faultKinds = [
  'crash',
  'powerLoss',
  'stop',
  'diskFull',
  'diskError',
  'reset',
  'partition',
  'latency',
  'clockStep',
] as const
export type FaultKind = (typeof faultKinds)[number]

export interface SimPlan {
  readonly settings: ReadonlyMap<string, string>
  readonly logDirectories: readonly string[]
  readonly topics: readonly TopicPlan[]
  /** Of committed offsets and groups. */
  readonly groupDurability: Durability
  readonly network: Partial<NetworkConditions>
  /** One entry for each share of the faults. */
  readonly faults: readonly FaultKind[]
  readonly faultMsMean: number
  readonly producers: number
  readonly plainProducers: number
  readonly readers: number
  readonly sessionReaders: number
  readonly members: number
  readonly committers: number
}

const never = '9223372036854775807'

export function simPlan(random: SeededRandom): SimPlan {
  const groupDurability = random.chance(0.7) ? 'flushed' : 'written'
  const logDirectories = random.chance(0.3) ? ['/data/a', '/data/b'] : ['/data']
  return {
    logDirectories,
    groupDurability,
    settings: settings(random, logDirectories, groupDurability),
    topics: topics(random),
    network: {
      latencyMsMax: random.pick([0.5, 0.5, 3]),
      splitChance: random.pick([0, 0.1, 0.5]),
      resetChance: random.pick([0, 0, 0.001, 0.005]),
      refuseChance: random.pick([0, 0.05]),
      connectMs: 500,
      retransmitMs: 5000,
    },
    faults: faults(random),
    faultMsMean: random.pick([100, 200, 400]),
    producers: 1 + random.int(3),
    plainProducers: 1 + random.int(2),
    readers: 1 + random.int(2),
    sessionReaders: random.int(2),
    members: random.pick([0, 2, 3, 3]),
    committers: random.int(3),
  }
}

function settings(
  random: SeededRandom,
  logDirectories: readonly string[],
  groupDurability: Durability,
): Map<string, string> {
  return new Map([
    ['listeners', 'PLAINTEXT://0.0.0.0:9092,CONTROLLER://127.0.0.1:9093'],
    ['advertised.listeners', 'PLAINTEXT://broker:9092'],
    ['log.dirs', logDirectories.join()],
    ['log.flush.interval.messages', groupDurability === 'flushed' ? '1' : never],
    ['offsets.topic.num.partitions', String(1 + random.int(3))],
    ['offsets.topic.segment.bytes', random.pick(['1048576', '104857600'])],
    ['group.min.session.timeout.ms', '100'],
    ['group.initial.rebalance.delay.ms', '30'],
    ['log.retention.check.interval.ms', '400'],
    ['log.segment.delete.delay.ms', random.pick(['0', '300', '60000'])],
    ['log.flush.offset.checkpoint.interval.ms', random.pick(['300', '60000'])],
    ['log.flush.start.offset.checkpoint.interval.ms', random.pick(['300', '60000'])],
    ['log.flush.scheduler.interval.ms', random.pick(['200', never])],
    ['metadata.log.max.record.bytes.between.snapshots', random.pick(['2000', '20971520'])],
    ['max.incremental.fetch.session.cache.slots', random.pick(['1', '1000'])],
  ])
}

function topics(random: SeededRandom): TopicPlan[] {
  const plain = { trimmed: false, retention: false, stamped: false }
  const flushed = { 'flush.messages': '1' }
  const cached = { 'flush.messages': never }
  const small = () => ({
    'internal.segment.bytes': String(8000 + random.int(20_000)),
    'index.interval.bytes': String(random.pick([0, 300, 4096])),
  })
  const optional: TopicPlan[] = [
    { ...plain, name: 'cached', partitions: 1 + random.int(2), durability: 'written', configs: cached },
    {
      ...plain,
      name: 'cached-small',
      partitions: 1,
      durability: 'written',
      configs: { ...cached, ...small(), 'segment.index.bytes': '64' },
    },
    {
      ...plain,
      name: 'trimmed',
      partitions: 1,
      durability: 'flushed',
      configs: { ...flushed, ...small() },
      trimmed: true,
    },
    {
      ...plain,
      name: 'retained',
      partitions: 1,
      durability: random.pick(['flushed', 'written'] as const),
      configs: { ...small(), 'retention.bytes': '15000' },
      retention: true,
    },
    {
      ...plain,
      name: 'stamped',
      partitions: 1,
      durability: 'flushed',
      configs: { ...flushed, 'message.timestamp.type': 'LogAppendTime', 'segment.ms': '300' },
      stamped: true,
    },
    {
      ...plain,
      name: 'recompressed',
      partitions: 1 + random.int(2),
      durability: 'flushed',
      configs: { ...flushed, ...small(), 'compression.type': random.pick(['zstd', 'gzip', 'lz4', 'uncompressed']) },
      stamped: true,
    },
  ]
  const chosen = optional.filter(() => random.chance(0.5))
  const withFlush = chosen.map(topic => {
    if (topic.name !== 'retained') return topic
    return { ...topic, configs: { ...topic.configs, ...(topic.durability === 'flushed' ? flushed : cached) } }
  })
  const first = { ...plain, name: 'flushed', partitions: 1 + random.int(2), durability: 'flushed' as const }
  return [{ ...first, configs: random.chance(0.5) ? { ...flushed, ...small() } : flushed }, ...withFlush]
}

function faults(random: SeededRandom): FaultKind[] {
  const some = faultKinds.filter(() => random.chance(0.5))
  return ['crash', 'powerLoss', ...some]
}
