// What a consumer can be told. Defaults are those of Kafka's Java consumer 4.3.0, whose names stand in brackets.

import { ClientError } from '../client-error.ts'
import type { ClusterOptions } from '../cluster/cluster-options.ts'
import type { GroupMembershipOptions } from '../group/group-membership.ts'
import type { ClientTracing } from '../observability/client-tracing.ts'
import { type HedgeOptions, hedgeDefaults } from '../resilience/hedge-policy.ts'
import { checkedResetPolicy, type ResetPolicy } from './reset-policy.ts'

export interface FetchOptions {
  /** read_uncommitted (when left out), or read_committed: records of aborted transactions are not shown, nor of ones under way. [isolation.level] */
  readonly isolation?: 'read_uncommitted' | 'read_committed'
  /** Where to begin without a committed offset, and when it is out of range; 'latest'. [auto.offset.reset] */
  readonly resetPolicy?: ResetPolicy
  /** A broker answers when it has so many bytes; 1. [fetch.min.bytes] */
  readonly minBytes?: number
  /** Or after so long; 500 ms. [fetch.max.wait.ms] */
  readonly maxWaitMs?: number
  /** Bytes of one answer; 50 MiB. [fetch.max.bytes] */
  readonly maxBytes?: number
  /** Bytes of one partition in an answer; 1 MiB. A batch that is larger comes all the same. [max.partition.fetch.bytes] */
  readonly maxPartitionBytes?: number
  /** Bytes fetched and not yet processed; 64 MiB. When there are so many, nothing more is fetched. */
  readonly prefetchBytes?: number
  /** Whether the checksum of each batch is compared; true. [check.crcs] */
  readonly checksChecksums?: boolean
  /** What one batch may decompress to; 256 MiB. More is taken for damage. */
  readonly decompressedBytesMax?: number
  /**
   * Whether the memory of an answer is received into again when its batches are processed, also when records were made of them or
   * views asked for. Then these are valid until the next batch is asked for, and what is kept must be copied before; in return
   * nothing is left to the garbage collector. false: only where nothing was given away but a cursor's `bytes`.
   */
  readonly reusesMemory?: boolean
  /** A batch that fails its checksum, twice: an error that names the offset ('fail'), or on behind it, with an event ('skip'). 'fail'. */
  readonly onCorrupt?: 'fail' | 'skip'
  /** A broker that owes an answer for so long is looked after: `stall` is told, the image refreshed. 5 s. */
  readonly stallAfterMs?: number
  /**
   * Hedged fetches: a broker that owes an answer for longer than this part of all answers took (`percentile`; 0.95), and than
   * `minimumMs` (20), is not waited for alone: another in-sync replica is asked for the same, and the first answer counts. At most
   * `maximumShare` (0.05) requests more than without. For those who mind the slowest fetches; followers may be a little
   * behind. `{}` takes the defaults; never when left out.
   */
  readonly hedge?: Partial<HedgeOptions>
}

export interface ConsumerOptions extends ClusterOptions, FetchOptions, Omit<GroupMembershipOptions, 'groupId'> {
  /** The group whose offsets are committed, and that shares out partitions. [group.id] */
  readonly group?: string
  /** Subscribes at once; see `subscribe`. */
  readonly topics?: string | readonly string[] | RegExp | { readonly regex: string }
  /** Commits what was processed, every `autoCommitIntervalMs`, on revocation and on close; true with a group. [enable.auto.commit] */
  readonly autoCommit?: boolean
  /** 5 s. [auto.commit.interval.ms] */
  readonly autoCommitIntervalMs?: number
  /** Goes with every commit that does not bring its own; for people who look at the group. */
  readonly commitMetadata?: string
  /** For calls without a time of their own; 60 s. [default.api.timeout.ms] */
  readonly apiTimeoutMs?: number
  /** Emits `lag` so often; never when left out. */
  readonly lagIntervalMs?: number
  /** Traces what is processed: `tracing()` of `millrace/client/opentelemetry`. */
  readonly tracing?: ClientTracing
}

export interface FetchSettings extends Required<Omit<FetchOptions, 'isolation' | 'hedge'>> {
  readonly readsCommitted: boolean
  readonly hedge: HedgeOptions | undefined
}

export interface ConsumerSettings {
  readonly fetch: FetchSettings
  readonly membership: GroupMembershipOptions | undefined
  readonly commitMetadata: string
  readonly autoCommit: boolean
  readonly autoCommitIntervalMs: number
  readonly apiTimeoutMs: number
  readonly lagIntervalMs: number | undefined
  readonly tracing: ClientTracing | undefined
}

const mebibyte = 1024 * 1024

/** Throws INVALID_ARGUMENT. */
export function consumerSettings(options: ConsumerOptions): ConsumerSettings {
  return {
    fetch: fetchSettings(options),
    membership: options.group === undefined ? undefined : { ...options, groupId: options.group },
    commitMetadata: options.commitMetadata ?? '',
    autoCommit: options.autoCommit ?? options.group !== undefined,
    autoCommitIntervalMs: atLeast('autoCommitIntervalMs', options.autoCommitIntervalMs ?? 5000, 1),
    apiTimeoutMs: atLeast('apiTimeoutMs', options.apiTimeoutMs ?? 60_000, 1),
    lagIntervalMs: options.lagIntervalMs,
    tracing: options.tracing,
  }
}

function fetchSettings(options: FetchOptions): FetchSettings {
  return {
    readsCommitted: options.isolation === 'read_committed',
    resetPolicy: checkedResetPolicy(options.resetPolicy ?? 'latest'),
    minBytes: whole('minBytes', options.minBytes ?? 1, 0),
    maxWaitMs: whole('maxWaitMs', options.maxWaitMs ?? 500, 0),
    maxBytes: whole('maxBytes', options.maxBytes ?? 50 * mebibyte, 1),
    maxPartitionBytes: whole('maxPartitionBytes', options.maxPartitionBytes ?? mebibyte, 1),
    prefetchBytes: atLeast('prefetchBytes', options.prefetchBytes ?? 64 * mebibyte, 1),
    checksChecksums: options.checksChecksums ?? true,
    decompressedBytesMax: atLeast('decompressedBytesMax', options.decompressedBytesMax ?? 256 * mebibyte, 1),
    reusesMemory: options.reusesMemory ?? false,
    onCorrupt: options.onCorrupt ?? 'fail',
    stallAfterMs: atLeast('stallAfterMs', options.stallAfterMs ?? 5000, 1),
    hedge: options.hedge && hedgeSettings(options.hedge),
  }
}

/** What is sent as it is: the wire has whole numbers only. */
function whole(name: string, value: number, min: number): number {
  if (Number.isInteger(value)) return atLeast(name, value, min)
  throw new ClientError('INVALID_ARGUMENT', `${name} is ${value}`, { help: `give a whole number of at least ${min}` })
}

function hedgeSettings(options: Partial<HedgeOptions>): HedgeOptions {
  const { percentile, minimumMs, maximumShare } = { ...hedgeDefaults, ...options }
  return {
    percentile: partOf('hedge.percentile', percentile),
    minimumMs: atLeast('hedge.minimumMs', minimumMs, 0),
    maximumShare: partOf('hedge.maximumShare', maximumShare),
  }
}

function partOf(name: string, value: number): number {
  if (typeof value === 'number' && value > 0 && value <= 1) return value
  throw new ClientError('INVALID_ARGUMENT', `${name} is ${value}`, { help: 'give a number above 0, and 1 at most' })
}

function atLeast(name: string, value: number, min: number): number {
  if (typeof value === 'number' && value >= min) return value
  throw new ClientError('INVALID_ARGUMENT', `${name} is ${value}`, { help: `give a number of at least ${min}` })
}
