// Every transition of the tables, by what Kafka 4.3.0 was seen to do: our coordinators, asked the same, go the same way.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { kafkasTransitions, stateCapture } from './testing/state-capture.ts'
import { replayGroups, replayTransactions } from './testing/state-replay.ts'
import { shownElsewhere, tables, transitionsOf } from './testing/state-tables.ts'

const capture = stateCapture(readFileSync(join(import.meta.dirname, 'testdata/state-transitions.json.gz')))
const kafkas = kafkasTransitions(capture)

test.each([...tables.keys()])('%s: Kafka goes every way that requests and time can lead to', machine => {
  const all = transitionsOf(machine)
  const elsewhere = [...(shownElsewhere.get(machine)?.keys() ?? [])]
  const seen = kafkas.get(machine)!
  expect(all.filter(each => !seen.has(each)).sort()).toEqual(elsewhere.sort())
})

test('classic groups go the same way', async () => expect(await replayGroups(capture, 'classic')).toEqual([]))
test('consumer groups go the same way', async () => expect(await replayGroups(capture, 'consumer')).toEqual([]))
test('transactions go the same way', async () => expect(await replayTransactions(capture)).toEqual([]))
