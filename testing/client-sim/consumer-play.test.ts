// The client's consumers in a group, in a world where brokers crash, members come, leave and die, and answers come late or never.

import { expect, test } from 'vitest'
import { BrokerSim } from '../broker-sim.ts'
import { consumerPlay } from './consumer-play.ts'

test.each([1, 2, 3, 4, 5, 6])('seed %i: every record is processed, and none passed over', async seed => {
  const { violation, trace } = await new BrokerSim({ seed, steps: 4000, play: consumerPlay }).run()
  expect(violation, trace.slice(-20).join('\n')).toBeUndefined()
})
