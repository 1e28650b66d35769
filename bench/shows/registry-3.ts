// Three instances of the registry, the leader killed every 20 s under load: on our broker, and on Kafka 4.3.0.

import { startSuiteTarget } from '../client-suite/targets.ts'
import { kafkaJars } from '../disk-swap/target.ts'
import { failoverRun } from '../registry-failover/failover-run.ts'
import type { Show, ShowResult } from './show.ts'

const forms = {
  full: { durationMs: 300_000, everyMs: 20_000, registrationsPerSecond: 40 },
  reduced: { durationMs: 32_000, everyMs: 10_000, registrationsPerSecond: 40 },
}

async function runOn(name: 'millrace' | 'kafka', form: (typeof forms)['full']): Promise<ShowResult> {
  const target = await startSuiteTarget(name)
  try {
    const result = await failoverRun({ ...form, bootstrap: target.bootstrap })
    const { acknowledged, kills, freezes, claims, longestGapMs, wrong } = result
    const gap = (longestGapMs / 1000).toFixed(1)
    const broker = name === 'kafka' ? 'Kafka 4.3.0' : 'our broker'
    const ended = `${kills} leaders killed, ${freezes} frozen`
    const figure = `${broker}: ${acknowledged} schemas, ${ended}, ${claims} terms, ${wrong.length} faults, longest pause ${gap} s`
    return { pass: wrong.length === 0 && kills > 0 && acknowledged > 100, figure: [figure, ...wrong].join('\n') }
  } finally {
    await target.stop()
  }
}

export const registry3: Show = {
  id: 'registry.3',
  title:
    'three registries, the leader killed every 20 s for 5 minutes under load: no id twice, nothing acknowledged lost',
  async run({ reduced }) {
    if (reduced) return runOn('millrace', forms.reduced)
    const ours = await runOn('millrace', forms.full)
    try {
      await kafkaJars()
    } catch (error) {
      return { pass: false, figure: `${ours.figure}\nKafka 4.3.0 is needed: ${(error as Error).message}` }
    }
    const kafka = await runOn('kafka', forms.full)
    return { pass: ours.pass && kafka.pass, figure: `${ours.figure}\n${kafka.figure}` }
  },
}
