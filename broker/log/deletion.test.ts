// A log that is deleted while it is being looked after.

import { expect, test } from 'vitest'
import { SimWorld } from '../../io/sim/world.ts'
import { batchOf, logConfig } from '../../testing/log-bench.ts'
import { brokerConfig } from '../config/broker-config.ts'
import { developmentProfile } from '../config/development-profile.ts'
import { LogManager } from './log-manager.ts'

test('what is being flushed when its topic is deleted does not take the directory with it', async () => {
  const config = brokerConfig({ profile: developmentProfile(), overrides: new Map([['log.dirs', '/data']]) })
  const topicConfig = logConfig({ 'internal.segment.bytes': 200 })
  for (let seed = 0; seed < 60; seed++) {
    const sim = new SimWorld({ seed })
    const manager = await sim.complete(LogManager.open({ world: sim.host('broker').start(), config }))
    await sim.complete(manager.format({ clusterId: 'cluster', nodeId: 1 }))
    await sim.complete(manager.load({ configOf: () => topicConfig }))
    const log = await sim.complete(manager.create('t', 0, undefined, topicConfig))
    // Each rolls, and a rolled segment is flushed in the background, with the leader epochs.
    for (let count = 0; count < 4; count++) log.append(batchOf(3), { leaderEpoch: count, origin: 'client' })
    await sim.runFor(seed / 5)
    await sim.complete(manager.delete('t', 0))
    await sim.runFor(1000)
    expect(manager.directories.map(({ failure }) => failure?.message)).toEqual([undefined])
  }
})
