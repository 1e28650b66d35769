import { expect, test } from 'vitest'
import { boundedLags, type LaggingConsumer } from './lag-series.ts'

function consumer(lags: readonly (number | undefined)[], clientId = 'c'): LaggingConsumer {
  return {
    clientId,
    group: 'billing',
    assignment: lags.map((_, partition) => ({ topic: 'orders', partition })).reverse(),
    currentLag: ({ partition }) => lags[partition],
  }
}

const shown = (consumers: LaggingConsumer[], max: number) =>
  boundedLags(consumers, max).map(({ labels, lag }) => `${labels.join(' ')} ${lag}`)

test('one by one, in the order of their numbers, whatever the order of the assignment; those not known yet are left out', () => {
  expect(shown([consumer([5, undefined, 7])], 10)).toEqual(['c billing orders 0 5', 'c billing orders 2 7'])
})

test('full: the sum of the others, so that the sum over all is right', () => {
  const lags = Array.from({ length: 12 }, (_, index) => index)
  expect(shown([consumer(lags)], 10)).toEqual([
    ...lags.slice(0, 10).map(lag => `c billing orders ${lag} ${lag}`),
    `others others others others ${10 + 11}`,
  ])
})

test('two consumers of one process with the same partition: the larger lag, once', () => {
  expect(shown([consumer([5]), consumer([3])], 10)).toEqual(['c billing orders 0 5'])
  expect(shown([consumer([5]), consumer([3], 'other')], 10)).toHaveLength(2)
})
