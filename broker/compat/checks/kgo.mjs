// franz-go's own tests of its package kgo, against a broker of their own: `kgo`, and once more as `kgo-chaos` with connections
// that die after about a second (KGO_TEST_CHAOS). Each top-level test is a check.
// Invariant: a test that does not pass fails the run unless kgo-allowed-failures.json says so, and an entry of that list whose
// test passes fails it, too: the list only shrinks.
import { readFileSync } from 'node:fs'
import { startKafka } from '../kafka-target.mjs'
import { startMillrace } from '../millrace-target.mjs'
import { run, start } from '../process.mjs'
import { KgoOutput } from './kgo-output.mjs'

/** How many records go through each chain of consumers unless the run says otherwise; kgo's own number is 500,000. */
const recordCountUsual = 10_000

/** For the whole program; a chain that stands still is ended by it, with the stacks of all goroutines. */
const timeoutMinutes = 40
const killAfterMs = (timeoutMinutes + 1) * 60_000

const list = new URL('../kgo-allowed-failures.json', import.meta.url)

const suite = (name, environment) => ({
  name,
  needs: ['kgo', 'java'],
  onRequest: true,
  run: context => runTests({ ...context, suite: name, environment }),
})

export const kgo = suite('kgo', {})
export const kgoChaos = suite('kgo-chaos', { KGO_TEST_CHAOS: '1' })

async function runTests({ suite, environment, target, report, tools, settings, recordCount = recordCountUsual }) {
  const { command, cwd } = await tools.kgo
  const { stdout } = await run(command, ['-test.list', '.'], { cwd })
  const all = stdout.split('\n').filter(name => name.startsWith('Test'))
  const tests = all.filter(name => report.wants(`${suite}/${name}`))
  if (tests.length === 0) return
  const broker =
    target === 'kafka'
      ? await startKafka({ settings, jars: (await tools.java).jars, heap: '1G' })
      : await startMillrace({ settings })
  const judge = new Judge({ suite, target, report, all, tests })
  const output = new KgoOutput(outcome => judge.enter(outcome))
  try {
    const args = ['-test.v', `-test.timeout=${timeoutMinutes}m`, `-test.run=^(${tests.join('|')})$`]
    const env = {
      KGO_LOG_LEVEL: 'none', // each client tells its life otherwise
      ...process.env,
      ...environment,
      KGO_SEEDS: broker.bootstrap,
      KGO_TEST_RF: '1',
      KGO_TEST_RECORDS: String(recordCount),
    }
    const program = start(command, args, { cwd, env, timeoutMs: killAfterMs, onLine: line => output.line(line) })
    const result = await program.done
    output.end()
    judge.end(result, broker)
    await report.check(`${suite}/the broker stops cleanly`, () => broker.stop(), { always: true })
  } finally {
    await broker.kill() // after a clean stop there is nothing left to kill
  }
}

/** Compares what came of each test with what the list allows. */
class Judge {
  #waiting
  #allowed

  constructor({ suite, target, report, all, tests }) {
    Object.assign(this, { suite, target, report })
    this.#waiting = new Set(tests)
    const { allowed } = JSON.parse(readFileSync(list, 'utf8'))
    const here = allowed.filter(entry => entry.suites.includes(suite) && entry.targets.includes(target))
    this.#allowed = new Map(here.map(entry => [entry.test, entry]))
    for (const entry of here) {
      if (!all.includes(entry.test))
        report.fail(`${suite}/${entry.test}`, 0, 'listed as allowed, but there is no such test')
    }
  }

  enter({ test, outcome, ms, detail }) {
    if (!this.#waiting.delete(test)) return
    const name = `${this.suite}/${test}`
    const entry = this.#allowed.get(test)
    if (entry?.outcome === outcome) this.report.allow(name, ms, outcome, entry.reason)
    else if (entry)
      this.report.fail(
        name,
        ms,
        `it is listed as one that ${entry.outcome}, but it ${outcome}: ${tellAfter(outcome)}\n${detail}`,
      )
    else if (outcome === 'passes') this.report.pass(name, ms)
    else this.report.fail(name, ms, `it ${outcome}\n${detail}`)
  }

  /** What was not heard of failed: a panic ends the program, and all tests with it. */
  end(result, broker) {
    for (const test of this.#waiting) {
      const what = `no outcome: the tests ended with ${result.status ?? result.signal}${result.timedOut ? ' for want of time' : ''}`
      this.report.fail(`${this.suite}/${test}`, 0, what)
    }
    if (this.#waiting.size > 0)
      console.log(`What the tests printed last:\n${`${result.stdout}${result.stderr}`.slice(-8000)}`)
    if (this.report.failed > 0)
      console.log(`What the broker of ${this.suite} printed last:\n${broker.output().slice(-3000)}`)
  }
}

const tellAfter = outcome =>
  outcome === 'passes' ? 'take it off kgo-allowed-failures.json, which only shrinks' : 'see why that changed'
