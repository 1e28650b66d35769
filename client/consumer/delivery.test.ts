import { expect, test } from 'vitest'
import { ManualClock } from '../../io/sim/clock.ts'
import { ClientError } from '../client-error.ts'
import { ConsumerNews } from './consumer-news.ts'
import { Delivery } from './delivery.ts'
import type { Reading } from './reading.ts'

test('a loop that waits a thousand times with one signal leaves nothing at it', async () => {
  // Nothing is read here: who waits is told of failures.
  const reading = { buffer: { take: () => undefined } } as unknown as Reading
  const news = new ConsumerNews({ clientId: 'test', group: undefined, clock: new ManualClock() })
  const delivery = new Delivery(reading, { working() {}, waiting() {} }, news)
  const aborting = new AbortController()
  const { signal } = aborting
  let listeners = 0
  const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)]
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    listeners += 1
    add(...args)
  }
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    listeners -= 1
    remove(...args)
  }
  for (let time = 0; time < 1000; time++) {
    const next = delivery.next(signal)
    delivery.fail(new ClientError('UNKNOWN_TOPIC_OR_PARTITION', 'x'))
    await expect(next).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC_OR_PARTITION' })
  }
  expect(listeners).toBeLessThanOrEqual(1)
  const last = delivery.next(signal)
  aborting.abort()
  await expect(last).rejects.toMatchObject({ code: 'ABORTED' })
})
