// Cleanings that Kafka's own cleaner has done (testdata/CleanerVectors.java): ours must leave the same files behind.

import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { ManualClock } from '../../../io/sim/clock.ts'
import { readBatchHeader } from '../../../protocol/records/batch-header.ts'
import { batches } from '../../../protocol/records/batches.ts'
import { records } from '../../../protocol/records/records.ts'
import { CleanerBench } from '../../../testing/cleaner-bench.ts'

type Files = Readonly<Record<string, string>>

interface Vector {
  readonly id: string
  readonly nowMs: number
  readonly config: Record<string, string>
  readonly mapBytes: number
  readonly logStartOffset: number
  readonly cleanedUpTo?: number
  readonly firstDirtyOffset: number
  readonly firstUncleanableOffset: number
  readonly cleanableBytes: number
  readonly totalBytes: number
  readonly endOffset: number
  readonly before: Files
  readonly after: Files
}

const path = new URL('./testdata/cleaner-vectors.jsonl.gz', import.meta.url)
const vectors = gunzipSync(readFileSync(path))
  .toString()
  .trim()
  .split('\n')
  .map(line => JSON.parse(line) as Vector)

const bytesOf = (text: string) => Buffer.from(text, 'base64')

/** A batch as people see it: compressed bytes may differ, nothing else may. */
function readable(log: Buffer): object[] {
  return [...batches(log)].map(batch => {
    const { crc, sizeInBytes, ...header } = readBatchHeader(batch)
    const exact = header.compression === 'none' ? { crc, sizeInBytes } : {}
    const found = [...records(batch)].map(({ offset, timestamp, sequence, key, value, headers }) => ({
      offset,
      timestamp,
      sequence,
      key: key?.toString('hex') ?? null,
      value: value?.toString('hex') ?? null,
      headers: headers.map(header => [header.key, header.value?.toString('hex') ?? null]),
    }))
    return { ...exact, ...header, records: found }
  })
}

const isCompressed = (log: Buffer) => [...batches(log)].some(batch => readBatchHeader(batch).compression !== 'none')

async function benchOf(vector: Vector): Promise<CleanerBench> {
  const bench = new CleanerBench({ clock: new ManualClock({ nowMs: vector.nowMs }) })
  await bench.putFiles(Object.entries(vector.before).map(([name, text]) => [name, bytesOf(text)]))
  // Recovery would build the transaction indexes anew, from what cleanings before this one have left of the transactions.
  const recoveryPoint = Math.max(...Object.keys(vector.before).map(name => Number.parseInt(name, 10)))
  await bench.open(vector.config, { logStartOffset: vector.logStartOffset, recoveryPoint })
  return bench
}

describe('what Kafka cleans is cleaned in the same way', () => {
  test.each(vectors.map(vector => [vector.id, vector] as const))('%s', async (_, vector) => {
    const bench = await benchOf(vector)
    const cleanable = await bench.cleanable(vector.cleanedUpTo)
    expect(cleanable).toMatchObject({
      firstDirtyOffset: vector.firstDirtyOffset,
      firstUncleanableOffset: vector.firstUncleanableOffset,
      cleanableBytes: vector.cleanableBytes,
      cleanBytes: vector.totalBytes - vector.cleanableBytes,
    })
    const endOffset = await bench.clean(cleanable, { mapBytes: vector.mapBytes, loadFactor: 0.75, chunkBytes: 4096 })
    expect(endOffset).toBe(Math.max(vector.endOffset, vector.firstDirtyOffset))
    const names = (await bench.files()).filter(name => /\.(log|txnindex)$/.test(name))
    expect(names).toEqual(Object.keys(vector.after).filter(name => /\.(log|txnindex)$/.test(name)))
    for (const name of names.filter(each => each.endsWith('.log'))) {
      const [found, expected] = [bench.file(name), bytesOf(vector.after[name]!)]
      expect(readable(found), name).toEqual(readable(expected))
      if (isCompressed(expected)) continue
      expect(found.equals(expected), `${name}, byte by byte`).toBe(true)
    }
    for (const name of Object.keys(vector.after).filter(each => !each.endsWith('.log'))) {
      const log = bytesOf(vector.after[name.replace(/\.\w+$/, '.log')]!)
      // Where compressed batches have other sizes, index entries lie elsewhere.
      if (/index$/.test(name) && !name.endsWith('.txnindex') && isCompressed(log)) continue
      expect(bench.file(name).toString('hex'), name).toBe(bytesOf(vector.after[name]!).toString('hex'))
    }
  })
})

test('a cleaned log cleaned again stays as it is, whatever the size of the pieces', async () => {
  for (const vector of vectors.slice(0, 60)) {
    const bench = await benchOf(vector)
    // Markers get their horizon when the records of their transaction are gone, and so in the second cleaning.
    for (let i = 0; i < 3; i += 1) await bench.clean(await bench.cleanable())
    const before = readable(await bench.logBytes())
    await bench.clean(await bench.cleanable(), { chunkBytes: 100 })
    expect(readable(await bench.logBytes()), vector.id).toEqual(before)
  }
})
