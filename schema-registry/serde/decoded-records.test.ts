// What becomes of records that cannot be read.

import { expect, test } from 'vitest'
import { ManualClock } from '../../io/sim/clock.ts'
import { seededRandom } from '../../io/sim/random.ts'
import { PlayedRegistry } from '../testing/played-registry.ts'
import { DecodeError, type DecodeOptions, decodedRecords, type RecordToDecode } from './decoded-records.ts'
import { SchemaRegistry } from './schema-registry.ts'
import { serde } from './serde.ts'

async function make() {
  const clock = new ManualClock()
  const played = new PlayedRegistry()
  const world = { clock, random: seededRandom(1), fetch: played.fetch }
  const registry = new SchemaRegistry({ url: 'http://r', timeoutMs: 100, world })
  const text = serde<string>({ registry, schema: '"string"' })
  const values = [await text.serialize('t', 'a'), Buffer.from('junk'), null, await text.serialize('t', 'b')]
  const key = Buffer.from('k')
  const records = values.map((value, offset) => ({ topic: 't', partition: 0, offset, key, value, headers: [] }))
  const handedOut: number[] = []
  async function* source(): AsyncGenerator<RecordToDecode> {
    for (const record of records) {
      handedOut.push(record.offset)
      yield record
    }
  }
  const read = async (options: Partial<DecodeOptions<RecordToDecode, Uint8Array, string>>) => {
    const seen: unknown[] = []
    for await (const { record, value, error } of decodedRecords(source(), { value: text, ...options }))
      seen.push(error === undefined ? value : `${record.offset} ${error.code}`)
    return seen
  }
  return { clock, played, read, handedOut, registry, source }
}

test('the first one ends the loop, and says which it was', async () => {
  const { read, handedOut } = await make()
  const error = await read({}).catch(each => each)
  expect(error).toBeInstanceOf(DecodeError)
  expect(error).toMatchObject({
    code: 'NO_SCHEMA_ID',
    record: { offset: 1 },
    message: expect.stringMatching(/^t-0@1: /),
  })
  expect(handedOut).toEqual([0, 1])
})

test('left out, with a word; tombstones are no errors', async () => {
  const { read } = await make()
  const skipped: string[] = []
  const onSkipped = ({ offset }: RecordToDecode, { code }: { code: string }) => skipped.push(`${offset} ${code}`)
  expect(await read({ onError: 'skip', onSkipped })).toEqual(['a', null, 'b'])
  expect(skipped).toEqual(['1 NO_SCHEMA_ID'])
})

test('handed out with the error', async () => {
  const { read } = await make()
  expect(await read({ onError: 'keep' })).toEqual(['a', '1 NO_SCHEMA_ID', null, 'b'])
})

test('a registry that does not answer is no reason to skip', async () => {
  const { clock, played, source, registry } = await make()
  played.failing = 'refused'
  const other = serde<string>({ registry, schema: '"string"' })
  const loop = (async () => {
    for await (const _ of decodedRecords(source(), { value: other, onError: 'skip' })) throw new Error('handed out')
  })()
  const failed = loop.catch(error => error)
  await clock.run(1000)
  expect(await failed).toMatchObject({
    name: 'DecodeError',
    code: 'DEADLINE_EXCEEDED',
    message: expect.stringMatching(/^t-0@0/),
  })
})
