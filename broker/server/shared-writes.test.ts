// From many connections to few operations of the disk: what arrives in one turn of the loop, from whomever, leaves in one
// writev per partition, and with flush.messages=1 in one fdatasync.

import { afterEach, expect, test } from 'vitest'
import { loadTopic, ProduceLoad } from './replay/produce-load.ts'
import { SimBroker } from './replay/sim-broker.ts'

const partitions = 3
let sim: SimBroker

/** A broker whose network takes no time, so that what is sent at one moment arrives in one turn. */
async function start(configs: Record<string, string>): Promise<ProduceLoad> {
  const network = { latencyMsMin: 0, latencyMsMax: 0, splitChance: 0 }
  sim = await SimBroker.start({ network, traceLinesMax: 1_000_000 })
  const load = await ProduceLoad.start(sim, partitions, configs)
  const first = await load.send({ requests: partitions, connections: 1 })
  await sim.world.run({ until: () => first.every(({ answer }) => answer) })
  return load
}
afterEach(() => sim.stop())

/** Operations on the segments of each partition from a line of the trace on. */
function operations(fromLine: number): string[][] {
  const lines = sim.world.trace.lines.slice(fromLine)
  return Array.from({ length: partitions }, (_, index) =>
    lines.flatMap(
      line => new RegExp(` (write|datasync) /data/${loadTopic}-${index}/\\d+\\.log `).exec(line)?.[1] ?? [],
    ),
  )
}

test.each([
  ['1', ['write', 'datasync']],
  ['9223372036854775807', ['write']],
])('flush.messages=%s: ninety requests over thirty connections', async (flushMessages, expected) => {
  const load = await start({ 'flush.messages': flushMessages })
  const fromLine = sim.world.trace.lines.length
  const sent = await load.send({ requests: 90, connections: 30 })
  await sim.world.run({ until: () => sent.every(({ answer }) => answer), untilMs: sim.world.nowMs + 1000 })
  expect(sent.map(({ answer }) => answer?.error)).toEqual(sent.map(() => 'NONE'))
  expect(operations(fromLine)).toEqual(Array.from({ length: partitions }, () => expected))
})
