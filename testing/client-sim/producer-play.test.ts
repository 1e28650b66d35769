// The client's producer in a world where brokers crash, connections break and answers come late or never.

import { expect, test } from 'vitest'
import { BrokerSim } from '../broker-sim.ts'
import { producerPlay, transactionPlay } from './producer-play.ts'

test.each([1, 2, 3, 4])(
  'seed %i: nothing acknowledged is lost, nothing is stored twice or out of order',
  async seed => {
    const { violation, trace } = await new BrokerSim({ seed, steps: 3000, play: producerPlay }).run()
    expect(violation, trace.slice(-20).join('\n')).toBeUndefined()
  },
)

test.each([1, 4, 24])('seed %i: transactions are seen whole or not at all', async seed => {
  const { violation, trace } = await new BrokerSim({ seed, steps: 3000, play: transactionPlay }).run()
  expect(violation, trace.slice(-20).join('\n')).toBeUndefined()
})
