// Five clients of schema registries, ours among them, on one topic: each reads what each has written, with ids in front and with GUIDs in
// headers, and each manages a subject of its own with the answers that Confluent's registry gives.

import { readFileSync } from 'node:fs'
import { Admin } from '../../client/admin/admin.ts'
import { repositoryPath } from '../../testing/repository-path.ts'
import {
  type Framing,
  otherPrograms,
  ownProgram,
  type Place,
  type RegistryProgram,
} from '../registry-clients/client-programs.ts'
import { type ToldOrder, toldOrder, wrongAnswers } from '../registry-clients/orders.ts'
import { startWithRegistry } from '../registry-clients/started-registry.ts'
import type { Show } from './show.ts'

const wrongShownMax = 10

const schemaText = (name: string) => {
  const path = repositoryPath(`schema-registry/compat/schemas/${name}.avsc`)
  return JSON.stringify(JSON.parse(readFileSync(path, 'utf8')))
}

const keyOf = ({ writer, id }: ToldOrder) => `${writer} ${id}`
/** Fields in one order; whole numbers alike, whatever they were. */
const textOf = (order: ToldOrder) =>
  JSON.stringify(Object.fromEntries(Object.entries(order).sort()), (_, value) =>
    typeof value === 'bigint'
      ? Number(value)
      : value && typeof value === 'object' && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).sort())
        : value,
  )

/** Each writes `count` orders, ours as many again with the next version; then each reads them all. Answers what was read wrongly. */
async function exchange(
  place: Place,
  programs: readonly RegistryProgram[],
  framing: Framing,
  count: number,
): Promise<string[]> {
  const topic = `orders-${framing}`
  const admin = new Admin({ bootstrap: place.bootstrap })
  await admin.topics.create({ name: topic, partitions: 1 })
  await admin.close()
  const task = { ...place, topic, schema: schemaText('order-1'), from: 0, count, framing }
  const expected = new Map<string, string>()
  for (const { write, writer } of programs) {
    await write(task)
    for (let index = 0; index < count; index += 1) {
      const order = toldOrder(index, writer)
      expected.set(keyOf(order), textOf(order))
    }
  }
  // Later versions on the same topic: each record is read with the version that it names.
  await ownProgram.write({ ...task, schema: schemaText('order-2'), from: count })
  for (let index = count; index < 2 * count; index += 1) {
    const order = { ...toldOrder(index, ownProgram.writer), currency: 'EUR' }
    expected.set(keyOf(order), textOf(order))
  }
  const wrong: string[] = []
  for (const { name, read } of programs) {
    const orders = await read({ ...place, topic, count: expected.size })
    const found = new Map(orders.map(order => [keyOf(order), textOf(order)]))
    for (const [key, text] of expected)
      if (found.get(key) !== text) wrong.push(`${name} reads of ${key}: ${found.get(key)}, and not ${text}`)
  }
  return wrong
}

async function manageAll(
  place: Place,
  programs: readonly RegistryProgram[],
): Promise<{ wrong: string[]; count: number }> {
  const [schema, nextSchema] = [schemaText('order-1'), schemaText('order-2')]
  const brokenSchema = schema.replace('"name":"total","type":"double"', '"name":"total","type":"boolean"')
  const wrong: string[] = []
  let count = 0
  for (const { name, writer, manage } of programs) {
    const subject = `managed-by-${writer}`
    const answers = await manage?.({ ...place, subject, schema, nextSchema, brokenSchema })
    if (answers === undefined) continue
    count += Object.keys(answers).length
    wrong.push(...wrongAnswers(answers).map(each => `${name}: ${each}`))
  }
  return { wrong, count }
}

export const registry1: Show = {
  id: 'registry.1',
  title:
    'five registry clients on one topic, both ways: kafkajs’, Confluent’s for JavaScript and Python, franz-go’s, ours',
  async run({ reduced }) {
    const others = await otherPrograms()
    const programs = [...others, ownProgram]
    const count = reduced ? 5 : 50
    const place = await startWithRegistry()
    try {
      const wrong = await exchange(place, programs, 'id', count)
      const withGuids = programs.filter(({ knowsGuids }) => knowsGuids)
      wrong.push(...(await exchange(place, withGuids, 'guid', count)))
      const managed = await manageAll(place, others)
      wrong.push(...managed.wrong)
      const figure = [
        `${programs.length} clients wrote and read ${(programs.length + 1) * count} orders of two versions by id`,
        `${withGuids.length} of them ${(withGuids.length + 1) * count} by GUID`,
        `${managed.count} answers about subjects`,
        `${wrong.length} wrong`,
      ].join(', ')
      return { pass: wrong.length === 0, figure: [figure, ...wrong.slice(0, wrongShownMax)].join('\n') }
    } finally {
      await place.stop()
    }
  },
}
