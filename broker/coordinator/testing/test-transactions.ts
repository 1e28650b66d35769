// A transaction coordinator over partitions in memory, a clock that stands still, and markers that a test answers. For tests.

import { type Logger, silentLogger } from '../../../io/logger.ts'
import { ManualClock } from '../../../io/sim/clock.ts'
import { errors, type ProtocolError } from '../../../protocol/errors.ts'
import type { TopicPartition } from '../../../protocol/types.ts'
import type { Int64 } from '../../../protocol/wire/int64.ts'
import { brokerConfig } from '../../config/broker-config.ts'
import { developmentProfile } from '../../config/development-profile.ts'
import type { Metadata } from '../../metadata/metadata.ts'
import type { TopicImage } from '../../metadata/metadata-image.ts'
import type { TransactionEnd } from '../runtime/coordinator-state.ts'
import { TransactionCoordinator } from '../transaction/transaction-coordinator.ts'
import { MemoryPartition } from './memory-partition.ts'

const configOf = (settings: readonly (readonly [string, string])[]) =>
  brokerConfig({ profile: developmentProfile(), overrides: new Map(settings) })

/** Read once: simulations begin thousands of coordinators. */
const defaults = configOf([])

export interface TestTransactionsOptions {
  readonly settings?: readonly (readonly [string, string])[]
  readonly partitions?: readonly MemoryPartition[]
  readonly clock?: ManualClock
  readonly logger?: Logger
  /** The finalised level of transaction.version; 2 when left out. */
  readonly transactionVersion?: number
  readonly firstProducerId?: Int64
  readonly leaderEpoch?: number
}

/** A marker that a test has to answer, or that was answered by itself. */
export interface SentMarker extends TopicPartition {
  readonly end: TransactionEnd
  answer(error: ProtocolError): void
}

export class TestTransactions {
  readonly clock: ManualClock
  readonly partitions: readonly MemoryPartition[]
  readonly coordinator: TransactionCoordinator
  /** In the order in which they were sent; taken out by whoever answers them. */
  readonly sent: SentMarker[] = []
  /** What markers are answered at once; undefined: the test answers them. */
  markersAnswer: ProtocolError | undefined = errors.NONE
  onMarker: ((marker: SentMarker) => void) | undefined
  /** Topics that exist, all with 10 partitions. */
  readonly topics = new Set(['t', 'u', '__consumer_offsets'])
  nextProducerId: number
  readonly #leaderEpoch: number

  constructor(options: TestTransactionsOptions = {}) {
    this.clock = options.clock ?? new ManualClock()
    this.partitions = options.partitions ?? [new MemoryPartition()]
    this.nextProducerId = Number(options.firstProducerId ?? 100)
    this.#leaderEpoch = options.leaderEpoch ?? 0
    const config = options.settings === undefined ? defaults : configOf(options.settings)
    const features = new Map([['transaction.version', options.transactionVersion ?? 2]])
    const imageOf = (count: number) => ({ partitions: Array.from({ length: count }, (_, index) => ({ index })) })
    const topicByName = (name: string) => {
      if (name === '__transaction_state') return imageOf(this.partitions.length) as unknown as TopicImage
      return this.topics.has(name) ? (imageOf(10) as unknown as TopicImage) : undefined
    }
    this.coordinator = new TransactionCoordinator({
      world: { clock: this.clock, logger: options.logger ?? silentLogger },
      config,
      metadata: { image: { features, topicByName } } as unknown as Pick<Metadata, 'image'>,
      partitions: { get: (_topic, index) => this.partitions[index] },
      producerIds: { next: async () => this.nextProducerId++ },
      markers: { write: (partition, end) => this.#send(partition, end) },
    })
  }

  /** Leads all partitions, and has loaded them. */
  async start(): Promise<this> {
    await Promise.all(this.partitions.map((_, index) => this.coordinator.onLeadership(index, this.#leaderEpoch)))
    return this
  }

  #send(partition: TopicPartition, end: TransactionEnd): Promise<ProtocolError> {
    return new Promise(resolve => {
      const marker = { ...partition, end, answer: resolve }
      this.onMarker?.(marker)
      if (this.markersAnswer === undefined) this.sent.push(marker)
      else resolve(this.markersAnswer)
    })
  }
}
