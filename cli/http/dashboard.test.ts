// The Grafana dashboard asks for what there is: every name in it is a metric, every label one that the metric has, and every
// metric of ours is on it.

import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { loopMetrics } from '../../broker/metrics/loop-metrics.ts'
import type { Metric } from '../../broker/metrics/metric.ts'
import { sendingMetrics } from '../../broker/metrics/sending-metrics.ts'
import { SimBroker } from '../../broker/server/replay/sim-broker.ts'
import { nativeCounters } from '../../io/native/native-counters.ts'
import { repositoryPath } from '../../testing/repository-path.ts'
import { MetricsPage } from './metrics-page.ts'

interface Panel {
  readonly id: number
  readonly title: string
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly targets?: readonly { readonly refId: string; readonly expr: string; readonly legendFormat: string }[]
}
const dashboard = JSON.parse(readFileSync(repositoryPath('examples/grafana/millrace-broker.json'), 'utf8')) as {
  readonly panels: readonly Panel[]
  readonly templating: { readonly list: readonly { readonly definition?: string }[] }
}
const targets = dashboard.panels.flatMap(({ title, targets = [] }) => targets.map(target => ({ title, ...target })))
const variables = dashboard.templating.list.flatMap(({ definition }) => definition ?? [])
const expressions = [...targets.map(({ expr }) => expr), ...variables]

async function brokerMetrics(): Promise<readonly Metric[]> {
  const sim = await SimBroker.start()
  const { metrics } = sim.broker
  await sim.stop()
  const loop = { take: () => ({ count: 0, p50Ms: 0, p99Ms: 0, p999Ms: 0, maxMs: 0 }), close() {} }
  return [...metrics, ...loopMetrics(loop), ...sendingMetrics(nativeCounters)]
}

/** The names under which a metric has samples. */
const sampleNames = ({ name, type }: Metric): string[] =>
  type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name]

const namesIn = (expression: string): string[] => expression.match(/\b(?:millrace|process|nodejs)_[a-z_]+/g) ?? []

test('every expression names metrics that exist', async () => {
  const ofProcess = new MetricsPage().names.flatMap(name => [name, `${name}_sum`, `${name}_count`])
  const known = new Set([...(await brokerMetrics()).flatMap(sampleNames), ...ofProcess])
  for (const expression of expressions) {
    expect(namesIn(expression), expression).not.toEqual([])
    expect(
      namesIn(expression).filter(name => !known.has(name)),
      expression,
    ).toEqual([])
  }
})

test('every metric of ours is on it', async () => {
  const shown = new Set(expressions.flatMap(namesIn))
  const missing = (await brokerMetrics()).filter(metric => !sampleNames(metric).some(name => shown.has(name)))
  expect(missing.map(({ name }) => name)).toEqual([])
})

test('every label that is asked for or shown is one that the metric has', async () => {
  const metrics = await brokerMetrics()
  for (const { expr, legendFormat } of targets) {
    const [name] = namesIn(expr)
    const metric = metrics.find(each => sampleNames(each).includes(name!))
    if (metric === undefined) continue
    const known = [...metric.labels, 'instance', 'le']
    const asked = [...expr.matchAll(/([a-z]+)(?:=~|!~|!=|=)"/g)].map(([, label]) => label!)
    const shown = [...legendFormat.matchAll(/\{\{([a-z]+)\}\}/g)].map(([, label]) => label!)
    const grouped = [...expr.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list]) => list!.split(', '))
    expect(
      [...asked, ...shown, ...grouped].filter(label => !known.includes(label)),
      expr,
    ).toEqual([])
    // What is summed away cannot be shown.
    if (/^(sum|max|min)\b/.test(expr)) expect(shown.filter(label => !grouped.includes(label))).toEqual([])
  }
})

test('panels have ids of their own and do not overlap', () => {
  const { panels } = dashboard
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
  for (const [index, { gridPos: a, title }] of panels.entries()) {
    const overlapping = panels.slice(index + 1).filter(({ gridPos: b }) => {
      return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h
    })
    expect(
      overlapping.map(each => each.title),
      title,
    ).toEqual([])
  }
})
