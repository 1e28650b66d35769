// The shards of one coordinator on this broker: one per partition of the internal topic that it leads.

import type { Clock } from '../../../io/clock.ts'
import type { Logger } from '../../../io/logger.ts'
import { errors } from '../../../protocol/errors.ts'
import type { LeaderEpoch } from '../../../protocol/types.ts'
import { CoordinatorCounters } from './coordinator-counters.ts'
import type { CoordinatorLog } from './coordinator-log.ts'
import { CoordinatorShard, type ShardStatus } from './coordinator-shard.ts'
import type {
  CoordinatorState,
  Decision,
  Outcome,
  RecordCodec,
  StateContext,
  TransactionEnd,
} from './coordinator-state.ts'

export interface RuntimeOptions<State extends CoordinatorState<Record>, Record> {
  /** The internal topic. */
  readonly topic: string
  /** The log of a partition that this broker leads; undefined: it does not (any more). */
  readonly logOf: (partition: number) => CoordinatorLog | undefined
  readonly codec: RecordCodec<Record>
  readonly createState: (context: StateContext<Record>) => State
  readonly clock: Clock
  readonly logger: Logger
  readonly writeTimeoutMs: number
  /** Per partition, see CoordinatorShard. */
  readonly parkedEventsMax: number
}

const ledStatuses: readonly ShardStatus[] = ['loading', 'active', 'failed']

export class CoordinatorRuntime<State extends CoordinatorState<Record>, Record> {
  readonly counters = new CoordinatorCounters()
  readonly #options: RuntimeOptions<State, Record>
  readonly #shards = new Map<number, CoordinatorShard<State, Record>>()

  constructor(options: RuntimeOptions<State, Record>) {
    this.#options = options
  }

  /** Starts to load a partition that this broker leads from now on. Resolves when it is loaded, or has failed to. */
  onLeadership(partition: number, leaderEpoch: LeaderEpoch): Promise<void> {
    const existing = this.#shards.get(partition)
    if (existing !== undefined && (existing.status === 'active' || existing.status === 'loading')) {
      // The leader stayed, only its epoch rose: nobody else can have written to the log in between.
      existing.leaderEpoch = Math.max(existing.leaderEpoch, leaderEpoch)
      return existing.loaded
    }
    const log = this.#options.logOf(partition)
    if (log === undefined) return Promise.resolve()
    const shard = new CoordinatorShard({ ...this.#options, counters: this.counters, partition, leaderEpoch, log })
    this.#shards.set(partition, shard)
    return shard.loaded
  }

  /** Partitions led here, by status; each status is there. */
  get partitionCounts(): ReadonlyMap<ShardStatus, number> {
    const counts = new Map<ShardStatus, number>(ledStatuses.map(status => [status, 0]))
    for (const { status } of this.#shards.values()) counts.set(status, (counts.get(status) ?? 0) + 1)
    return counts
  }

  /** Answers that wait for their records to be committed. */
  get parkedCount(): number {
    let count = 0
    for (const shard of this.#shards.values()) count += shard.parkedCount
    return count
  }

  onResignation(partition: number): void {
    this.#shards.get(partition)?.close()
    this.#shards.delete(partition)
  }

  /** Decides an event in a partition, see CoordinatorShard.write. NOT_COORDINATOR where this broker does not lead. */
  write<Response>(
    partition: number,
    decide: (state: State, nowMs: number) => Decision<Response, Record>,
  ): Promise<Outcome<Response>> {
    const shard = this.#shards.get(partition)
    if (shard === undefined) return Promise.resolve({ ok: false, error: errors.NOT_COORDINATOR })
    return new Promise(resolve => shard.write(decide, resolve))
  }

  /** Ends a producer's transaction in a partition, see CoordinatorShard.endTransaction. */
  endTransaction(partition: number, end: TransactionEnd): Promise<Outcome<undefined>> {
    const shard = this.#shards.get(partition)
    if (shard === undefined) return Promise.resolve({ ok: false, error: errors.NOT_COORDINATOR })
    return new Promise(resolve => shard.endTransaction(end, resolve))
  }

  /** Asks a partition for committed state. */
  read<Response>(partition: number, question: (state: State) => Response): Outcome<Response> {
    return this.#shards.get(partition)?.read(question) ?? { ok: false, error: errors.NOT_COORDINATOR }
  }

  /** Asks every partition led here. */
  readAll<Response>(question: (state: State) => Response): Outcome<Response>[] {
    return [...this.#shards.values()].map(shard => shard.read(question))
  }

  /** Decides an event in every partition led here. */
  writeAll<Response>(
    decide: (state: State, nowMs: number) => Decision<Response, Record>,
  ): Promise<Outcome<Response>[]> {
    return Promise.all([...this.#shards.keys()].map(partition => this.write(partition, decide)))
  }

  /** Stops everything; whoever waits is answered NOT_COORDINATOR. */
  close(): void {
    for (const partition of [...this.#shards.keys()]) this.onResignation(partition)
  }
}
