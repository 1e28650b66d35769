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
  /** Transactions write to it, besides others. */
  readonly transactional: boolean
  /** The broker compacts it: every record has a key. */
  readonly compacted: boolean
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

/** Who uses transactions in a run. */
export interface TransactionPlan {
  /** The level of the feature transaction.version: 2 as directories are formatted, or what an administrator made of it. */
  readonly version: 0 | 1 | 2
  /** Producers under each transactional id, which fence one another. */
  readonly producersById: readonly number[]
  readonly readers: number
  readonly timeoutMs: number
}

/** Members of a group of the consumer protocol. */
export interface ConsumerPlan {
  readonly members: number
  /** What they read they copy, in transactions; otherwise they only commit. */
  readonly copies: boolean
}

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
  /** Only where groups and transactions survive a loss of power. */
  readonly transactions: TransactionPlan | undefined
  readonly consumers: ConsumerPlan
}

const never = '9223372036854775807'

/** Of members of the consumer protocol. */
export const consumerSessionMs = 800

/** Longer than any run, with all steps of its clocks. */
export const tombstonesStayMs = 10_000_000_000

const plain = { trimmed: false, retention: false, stamped: false, transactional: false, compacted: false }
const flushed = { 'flush.messages': '1' }
const cached = { 'flush.messages': never }

export function simPlan(random: SeededRandom): SimPlan {
  const groupDurability = random.chance(0.7) ? 'flushed' : 'written'
  const logDirectories = random.chance(0.3) ? ['/data/a', '/data/b'] : ['/data']
  const transactions = groupDurability === 'flushed' && random.chance(0.6) ? transactionPlan(random) : undefined
  const consumers = consumerPlan(random, transactions !== undefined)
  // The events of a run are shared by all: who has transactions has fewer others.
  const few = transactions !== undefined || consumers.members > 0
  return {
    logDirectories,
    groupDurability,
    settings: settings(random, logDirectories, groupDurability),
    topics: topics(random, transactions !== undefined),
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
    producers: 1 + random.int(few ? 2 : 3),
    plainProducers: few ? random.int(2) : 1 + random.int(2),
    readers: few ? 1 : 1 + random.int(2),
    sessionReaders: random.int(2),
    members: few ? 0 : random.pick([0, 2, 3, 3]),
    committers: random.int(few ? 2 : 3),
    transactions,
    consumers,
  }
}

function transactionPlan(random: SeededRandom): TransactionPlan {
  return {
    version: random.pick([2, 2, 2, 1, 0]),
    producersById: Array.from({ length: 1 + random.int(2) }, () => 1 + random.int(2)),
    readers: 1 + random.int(2),
    timeoutMs: random.pick([500, 3000, 20_000]),
  }
}

function consumerPlan(random: SeededRandom, hasTransactions: boolean): ConsumerPlan {
  const members = random.pick(hasTransactions ? [0, 2, 3] : [0, 0, 2, 3])
  return { members, copies: hasTransactions && random.chance(0.7) }
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
    ['transaction.state.log.num.partitions', String(1 + random.int(2))],
    ['transaction.abort.timed.out.transaction.cleanup.interval.ms', '100'],
    ['group.consumer.min.session.timeout.ms', '100'],
    ['group.consumer.session.timeout.ms', String(consumerSessionMs)],
    ['group.consumer.min.heartbeat.interval.ms', '10'],
    ['group.consumer.heartbeat.interval.ms', '50'],
    ['group.consumer.assignment.interval.ms', random.pick(['0', '200'])],
    // Internal topics have segments of a MiB at least: only time makes them small enough to be compacted in a run.
    ['log.roll.ms', random.pick(['400', never])],
    ['log.cleaner.backoff.ms', random.pick(['30', '30', '300', '15000'])],
    ['log.cleaner.dedupe.buffer.size', '1048577'],
    // Room for a few keys only: a log is then cleaned in several passes.
    ['log.cleaner.io.buffer.load.factor', random.pick(['0.9', '0.0002'])],
    ['log.cleaner.io.buffer.size', random.pick(['524288', '8192'])],
    ['log.cleaner.min.cleanable.ratio', random.pick(['0.01', '0.5'])],
    ['log.cleaner.delete.retention.ms', random.pick(['100', '86400000'])],
  ])
}

function topics(random: SeededRandom, hasTransactions: boolean): TopicPlan[] {
  const small = () => smallSegments(random)
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
  const chosen = optional.filter(() => random.chance(hasTransactions ? 0.2 : 0.5))
  const withFlush = chosen.map(topic => {
    if (topic.name !== 'retained') return topic
    return { ...topic, configs: { ...topic.configs, ...(topic.durability === 'flushed' ? flushed : cached) } }
  })
  const first = { ...plain, name: 'flushed', partitions: 1 + random.int(2), durability: 'flushed' as const }
  const ordinary = [{ ...first, configs: random.chance(0.5) ? { ...flushed, ...small() } : flushed }, ...withFlush]
  return hasTransactions ? [...ordinary, ...transactionalTopics(random)] : ordinary
}

function smallSegments(random: SeededRandom) {
  return {
    'internal.segment.bytes': String(8000 + random.int(20_000)),
    'index.interval.bytes': String(random.pick([0, 300, 4096])),
  }
}

function transactionalTopics(random: SeededRandom): TopicPlan[] {
  const topic = { ...plain, durability: 'flushed', transactional: true } as const
  const ledger = {
    ...topic,
    name: 'ledger',
    partitions: 2,
    configs: random.chance(0.5) ? { ...flushed, ...smallSegments(random) } : flushed,
  }
  if (random.chance(0.3)) return [ledger]
  const compaction = {
    'cleanup.policy': 'compact',
    'internal.segment.bytes': String(2000 + random.int(2000)),
    'min.cleanable.dirty.ratio': random.pick(['0.01', '0.3']),
    'delete.retention.ms': random.pick(['0', '300', String(tombstonesStayMs)]),
    'file.delete.delay.ms': random.pick(['0', '200']),
  }
  return [ledger, { ...topic, name: 'keyed', partitions: 1, compacted: true, configs: { ...flushed, ...compaction } }]
}

function faults(random: SeededRandom): FaultKind[] {
  const some = faultKinds.filter(() => random.chance(0.5))
  return ['crash', 'powerLoss', ...some]
}
