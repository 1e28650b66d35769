import { expect, test } from 'vitest'
import { CompressionRatio } from './compression-ratio.ts'

const observed = (ratio: number, times: number) => {
  const estimate = new CompressionRatio()
  for (let i = 0; i < times; i++) estimate.observe(ratio)
  return estimate
}

test('falls in small steps, rises at once, as in Kafka', () => {
  const estimate = observed(0.2, 100)
  expect(estimate.ratio).toBeCloseTo(0.5)
  estimate.observe(0.9)
  expect(estimate.ratio).toBeCloseTo(0.9)
  expect(observed(0.2, 1000).ratio).toBeCloseTo(0.2)
})

test('a batch takes in twice, four or eight times its bytes, and no more', () => {
  expect(observed(1, 1).bytesFor(1000)).toBe(1000)
  expect(observed(0.6, 1000).bytesFor(1000)).toBe(1000)
  expect(observed(0.4, 1000).bytesFor(1000)).toBe(2000)
  expect(observed(0.2, 1000).bytesFor(1000)).toBe(4000)
  expect(observed(0.01, 1000).bytesFor(1000)).toBe(8000)
})

test('a batch that had to be split counts for more than all before it', () => {
  const estimate = observed(0.2, 1000)
  estimate.onSplit(0.3)
  expect(estimate.bytesFor(1000)).toBe(1000)
})
