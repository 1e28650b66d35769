// For tests: record batches, compressed data and primitive values that real Kafka 4.3.0 wrote, and what it says of them.

import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { repositoryPath } from '../repository-path.ts'

function lines<Line>(name: string): Line[] {
  const text = gunzipSync(readFileSync(repositoryPath(`protocol/records/testdata/${name}.jsonl.gz`))).toString()
  return text
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as Line)
}

/** Keys and values are base64. Fields that the batch's magic does not have are missing. */
export interface GoldenRecord {
  readonly offset: number
  readonly timestamp: number
  readonly sequence?: number
  readonly sizeInBytes: number
  readonly key: string | null
  readonly value: string | null
  readonly headers?: readonly { readonly key: string; readonly value: string | null }[]
  readonly controlRecord?: {
    readonly type: string
    readonly typeId: number
    readonly coordinatorEpoch?: number
    readonly value?: object
  }
}

export interface GoldenBatch {
  readonly position: number
  readonly sizeInBytes: number
  readonly magic: number
  readonly valid: boolean
  readonly baseOffset: number
  readonly lastOffset: number
  readonly partitionLeaderEpoch?: number
  readonly crc: number
  readonly attributes: number
  readonly compression: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'
  readonly timestampType: string
  readonly transactional?: boolean
  readonly control?: boolean
  readonly deleteHorizonMs?: number | null
  readonly lastOffsetDelta?: number
  readonly baseTimestamp?: number
  readonly maxTimestamp: number
  readonly producerId?: number
  readonly producerEpoch?: number
  readonly baseSequence?: number
  readonly lastSequence?: number
  readonly count?: number
  readonly records: readonly GoldenRecord[]
}

export interface GoldenBatches {
  readonly id: string
  readonly batches: readonly GoldenBatch[]
  readonly trailingBytes: number
  readonly hex: string
}

/** Damaged or odd batches and what Kafka's reader says. */
export interface GoldenBatchCheck {
  readonly id: string
  readonly outcome: 'ok' | 'error'
  readonly stage?: 'split' | 'ensureValid' | 'records'
  readonly batchesRead: number
  readonly recordsRead: number
  readonly hex: string
}

/** The raw bytes are `rawPattern` (base64) repeated `rawRepeat` times. */
export interface GoldenCompressed {
  readonly codec: 'gzip' | 'snappy' | 'lz4' | 'zstd'
  readonly level: number | 'default'
  readonly recordMagic: number
  readonly id: string
  readonly rawLength: number
  readonly rawPattern: string
  readonly rawRepeat: number
  readonly hex: string
}

export interface GoldenPrimitive {
  readonly kind: string
  readonly hex: string
  readonly [field: string]: unknown
}

export const goldenBatches = () => lines<GoldenBatches>('record-batches')
export const goldenBatchChecks = () => lines<GoldenBatchCheck>('record-batches-invalid')
export const goldenCompressed = () => lines<GoldenCompressed>('compression')
export const goldenPrimitives = (kind: string) =>
  lines<GoldenPrimitive>('primitives').filter(line => line.kind === kind)
