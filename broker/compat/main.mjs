// The compatibility run: starts the broker under test, gets the programs that test it, runs every suite, sums up.
// The suites are the same for both targets: what real Kafka passes is what ours must pass.

import { startKafka } from './kafka-target.mjs'
import { startMillrace } from './millrace-target.mjs'
import { Report, Unavailable } from './report.mjs'
import { suites } from './suites.mjs'
import { tools } from './tools/index.mjs'

/** Settings that both targets run with: few internal partitions and short waits, so that a run is quick. */
export const settings = {
  'offsets.topic.num.partitions': 3,
  'group.initial.rebalance.delay.ms': 100,
  'group.min.session.timeout.ms': 1000,
}

/** Suites that wait for rebalances most of their time run beside each other. */
const suitesAtOnce = 2

/** Runs everything that `options.only` (a part of a check's name) lets through. Answers the process's exit code. */
export async function main({ target, only }) {
  const report = new Report({ only, skipIsFailure: process.env.CI === 'true' })
  const obtained = obtain(wantedTools(only))
  const startedAt = Date.now()
  const start =
    target === 'kafka' ? async () => startKafka({ settings, jars: (await obtained.java).jars }) : startMillrace
  const broker = await start({ settings })
  console.log(`${target} at ${broker.bootstrap}`)
  const context = { broker, target, report, tools: obtained, prefix: `compat${process.pid}`, settings }
  const waiting = suites.filter(suite => !only || matches(suite, only))
  await Promise.all(Array.from({ length: suitesAtOnce }, () => work(waiting, context)))
  await report.check('broker/stops cleanly at SIGTERM', () => broker.stop(), { always: true })
  if (report.failed > 0) console.log(`What the broker printed:\n${broker.output().slice(-6000)}`)
  console.log(`compatibility with ${target}: ${Math.round((Date.now() - startedAt) / 1000)} s`)
  console.log(report.summary())
  return report.failed > 0 ? 1 : 0
}

function matches(suite, only) {
  const [first] = only.split('/')
  return only.includes('/') ? suite.name === first || suite.name.startsWith(first) : true
}

function wantedTools() {
  return Object.keys(tools)
}

/** Starts to fetch and build every tool; a tool's promise rejects with Unavailable and the reason when it cannot be had. */
function obtain(names) {
  const obtained = {}
  for (const name of names) {
    obtained[name] = tools[name]().catch(cause => {
      throw new Unavailable(`${name} cannot be had: ${cause.message}`)
    })
    obtained[name].catch(() => {}) // whoever needs it says so
  }
  return obtained
}

async function work(waiting, context) {
  for (let suite = waiting.shift(); suite; suite = waiting.shift()) {
    try {
      await Promise.all(suite.needs.map(name => context.tools[name]))
      await suite.run(context)
    } catch (cause) {
      if (cause instanceof Unavailable) context.report.skip(suite.name, cause.message)
      else context.report.fail(`${suite.name}/runs`, 0, cause.stack)
    }
  }
}
