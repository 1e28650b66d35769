// Random logs and what must hold of every cleaning of them, by a model that knows nothing of how it is done.

import { expect, test } from 'vitest'
import { type SeededRandom, seededRandom } from '../../../io/sim/random.ts'
import { buildBatch } from '../../../protocol/records/batch-builder.ts'
import { isControlBatch, producerIdOf } from '../../../protocol/records/batch-header.ts'
import { batches } from '../../../protocol/records/batches.ts'
import { compressionTypes } from '../../../protocol/records/compression-type.ts'
import { encodeControlRecord } from '../../../protocol/records/control-record.ts'
import { records } from '../../../protocol/records/records.ts'
import { CleanerBench } from '../../../testing/cleaner-bench.ts'

interface Said {
  readonly key: string
  readonly value: string | null
  readonly timestamp: number
  readonly producer: number
}

class Run {
  readonly random: SeededRandom
  readonly bench = new CleanerBench()
  /** Every record by its offset. */
  readonly said = new Map<number, Said>()
  /** Offsets of aborted records. */
  readonly aborted = new Set<number>()
  readonly open = new Map<number, number[]>()
  readonly sequences = new Map<number, number>()
  cleanedUpTo: number | undefined

  constructor(seed: number) {
    this.random = seededRandom(seed)
  }

  async start(): Promise<void> {
    await this.bench.open({
      'cleanup.policy': 'compact',
      'internal.segment.bytes': this.random.pick([700, 3000, 100_000]),
      'index.interval.bytes': this.random.pick([0, 300]),
      'delete.retention.ms': this.random.pick([0, 500]),
    })
  }

  async append(): Promise<void> {
    const { random, bench } = this
    const producer = random.chance(0.5) ? -1 : 1 + random.int(6)
    const transactional = producer > 3
    const inputs = Array.from({ length: 1 + random.int(4) }, () => ({
      key: Buffer.from(`k${random.int(12)}`),
      value: random.chance(0.3) ? null : random.bytes(random.int(30)),
      timestamp: bench.clock.now(),
    }))
    const baseSequence = this.sequences.get(producer) ?? 0
    const identity = producer < 0 ? {} : { producerId: producer, producerEpoch: 0, baseSequence, transactional }
    const batch = buildBatch(inputs, { ...identity, compression: random.pick(compressionTypes) })
    const baseOffset = bench.log.nextOffset
    const options = { verification: 'disabled' } as const
    expect(await bench.append(bench.log, batch, options)).toMatchObject({ ok: true, baseOffset })
    this.sequences.set(producer, baseSequence + inputs.length)
    for (const [index, { key, value, timestamp }] of inputs.entries()) {
      const offset = baseOffset + index
      this.said.set(offset, { key: key.toString(), value: value?.toString('hex') ?? null, timestamp, producer })
      if (transactional) this.open.set(producer, [...(this.open.get(producer) ?? []), offset])
    }
  }

  async end(producer: number): Promise<void> {
    const { random, bench } = this
    const type = random.pick(['ABORT', 'COMMIT'] as const)
    const record = { ...encodeControlRecord({ type, coordinatorEpoch: 0 }), timestamp: bench.clock.now() }
    const identity = { producerId: producer, producerEpoch: 0, transactional: true, control: true }
    const outcome = await bench.append(bench.log, buildBatch([record], identity), { origin: 'coordinator' })
    expect(outcome).toMatchObject({ ok: true })
    if (type === 'ABORT') for (const offset of this.open.get(producer)!) this.aborted.add(offset)
    this.open.delete(producer)
  }

  async clean(): Promise<void> {
    const { random, bench } = this
    const options = { mapBytes: 24 * random.pick([8, 40, 4000]), chunkBytes: random.pick([64, 700, 1 << 18]) }
    const cleanable = await bench.cleanable(this.cleanedUpTo)
    this.cleanedUpTo = await bench.clean(cleanable, options)
    expect(this.cleanedUpTo).toBeGreaterThanOrEqual(cleanable.firstDirtyOffset)
    expect(this.cleanedUpTo).toBeLessThanOrEqual(Math.max(cleanable.firstUncleanableOffset, cleanable.firstDirtyOffset))
  }

  async check(what: string): Promise<void> {
    const found = new Map<number, Said>()
    let last = -1
    for (const batch of batches(await this.bench.logBytes())) {
      if (isControlBatch(batch)) continue
      for (const { offset, key, value, timestamp } of records(batch)) {
        expect(offset, `${what}: offsets rise`).toBeGreaterThan(last)
        last = offset
        const producer = Number(producerIdOf(batch))
        const record = {
          key: String(key),
          value: value?.toString('hex') ?? null,
          timestamp: Number(timestamp),
          producer,
        }
        expect(record, `${what}: offset ${offset}`).toEqual(this.said.get(offset))
        found.set(offset, record)
      }
    }
    expect(this.#committed(found), what).toEqual(this.#committed(this.said))
    for (const producer of this.bench.log.activeProducers()) this.#checkProducer(Number(producer.producerId), what)
  }

  /** The value of each key that a reader of committed records ends with; none for what is deleted. */
  #committed(from: ReadonlyMap<number, Said>): object {
    const values = new Map<string, string>()
    const open = new Set([...this.open.values()].flat())
    for (const [offset, { key, value }] of from) {
      if (this.aborted.has(offset) || open.has(offset)) continue
      if (value === null) values.delete(key)
      else values.set(key, value)
    }
    return Object.fromEntries([...values].sort())
  }

  #checkProducer(producer: number, what: string): void {
    const known = [...this.bench.log.activeProducers()].find(each => Number(each.producerId) === producer)
    expect(known!.lastSequence, `${what}: producer ${producer}`).toBe(this.sequences.get(producer)! - 1)
  }
}

test.each(Array.from({ length: 60 }, (_, seed) => seed))('seed %i', async seed => {
  const run = new Run(seed)
  const { random, bench } = run
  await run.start()
  for (let round = 0; round < 5; round += 1) {
    for (let i = random.int(30); i >= 0; i -= 1) {
      const [producer] = run.open.keys()
      if (producer !== undefined && random.chance(0.3)) await run.end(producer)
      else await run.append()
      if (random.chance(0.15)) bench.log.roll()
      bench.clock.advance(random.int(60))
    }
    if (random.chance(0.8)) bench.log.roll()
    await bench.settle()
    await run.clean()
    await run.check(`seed ${seed}, round ${round}`)
    // The producers are found again in what is left, also when there is no snapshot to begin from.
    if (random.chance(0.3)) {
      await bench.done(bench.log.flush())
      bench.crash()
      await bench.open(bench.log.config)
      await run.check(`seed ${seed}, round ${round}, after a crash`)
    }
  }
})
