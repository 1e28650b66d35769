// The compatibility run: starts the broker under test, gets the programs that test it, runs every suite, sums up.
// The suites are the same for both targets: what real Kafka passes is what ours must pass.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkDisk, snapshot } from './checks/disk.mjs'
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
  'transaction.state.log.num.partitions': 3,
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': 500,
  'group.consumer.min.session.timeout.ms': 1000,
  'group.consumer.min.heartbeat.interval.ms': 100,
  'group.consumer.heartbeat.interval.ms': 300,
}

/** Suites wait for rebalances most of their time; this many run beside each other. */
const suitesAtOnce = 2

/**
 * Runs everything that `only` (a suite's name, or a part of `suite/check`) lets through, and with `all` also what else runs on
 * request only. `recordCount`: how many records the kgo suites send through each of their chains. Answers the process's exit code.
 */
export async function main({ target, only, all = false, recordCount }) {
  const startedAt = Date.now()
  const report = new Report({ only, skipIsFailure: process.env.CI === 'true' })
  const selected = suites.filter(suite => isWanted(suite, { only, all }))
  const context = { target, report, settings, recordCount, prefix: `compat${process.pid}`, tools: obtain(selected) }
  // Ours to remove, not the target's: it is looked at after the broker has stopped.
  const dataDir = mkdtempSync(join(tmpdir(), 'millrace-compat-data-'))
  try {
    await runAll(context, dataDir, selected)
  } catch (cause) {
    report.fail('run', Date.now() - startedAt, cause.stack)
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
  console.log(`compatibility with ${target}: ${Math.round((Date.now() - startedAt) / 1000)} s`)
  console.log(report.summary())
  return report.failed > 0 ? 1 : 0
}

async function runAll(context, dataDir, selected) {
  const { report, target, tools: obtained } = context
  const options = { settings, dataDir }
  const broker =
    target === 'kafka'
      ? await startKafka({ ...options, jars: (await obtained.java).jars })
      : await startMillrace(options)
  console.log(`${target} ${broker.bootstrap}`)
  Object.assign(context, { broker })
  const waiting = selected.filter(suite => !suite.onRequest)
  try {
    await Promise.all(Array.from({ length: suitesAtOnce }, () => work(waiting, context)))
    await work([...selected.filter(suite => suite.onRequest)], context)
    const before = report.wantsSuite('disk') ? await snapshotBefore(context) : undefined
    await report.check('broker/stops cleanly at SIGTERM', () => broker.stop(), { always: true })
    if (before) await checkDisk(context, before)
  } finally {
    await broker.kill() // after a clean stop there is nothing left to kill
    if (report.failed > 0) console.log(`What the broker printed last:\n${lastLines(broker.output(), 30)}`)
  }
}

/** What the broker serves now, to be compared with what is served after it; undefined when that cannot be asked. */
async function snapshotBefore({ report, tools: obtained, broker }) {
  let before
  await report.check('disk/every partition can be read from its start to its end', async () => {
    before = await snapshot(await obtained.java, broker.bootstrap)
  })
  return before
}

const lastLines = (text, count) => text.split('\n').filter(line => !/^\s+at /.test(line)).slice(-count).join('\n') // biome-ignore format: one thought

function isWanted(suite, { only, all }) {
  if (only?.includes('/')) return suite.name === only.split('/')[0]
  return !suite.onRequest || all || only === suite.name
}

/** Starts to fetch and build every tool of the run; a promise rejects with Unavailable and the reason when one cannot be had. */
function obtain(selected) {
  const names = new Set(['java', ...selected.flatMap(suite => suite.uses ?? suite.needs)])
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
