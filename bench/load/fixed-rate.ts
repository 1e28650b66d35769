// A load that asks for its answers at a fixed rate, whatever the broker does, and measures each answer from the moment at
// which its record was due (FixedRate.java). The client is Kafka's; only the schedule is ours, because Kafka's performance
// tool waits for a slow broker and so omits the very records that would have waited.

import { join } from 'node:path'
import { repositoryPath } from '../../testing/repository-path.ts'
import { cacheModule, javaModule, processModule } from '../comparison/compat-module.ts'
import { kafkaJars } from '../disk-swap/target.ts'
import { type Percentiles, parsePercentiles } from './perf-output.ts'

export interface FixedRateOptions {
  readonly bootstrap: string
  readonly topic: string
  readonly recordsPerSecond: number
  readonly seconds: number
  /** Sent at the same rate before, and not counted: the client's compiler is at work. */
  readonly warmUpSeconds: number
}

const recordBytes = 100
const heap = '512M'
const graceMs = 120_000
/** As somebody sets it who wants answers soon and safe. */
const producerSettings = ['acks=all', 'linger.ms=0']

async function compiled(): Promise<string> {
  const source = repositoryPath('bench/load/FixedRate.java')
  const jars = await kafkaJars()
  const { cached } = await cacheModule()
  const { run } = await processModule()
  return cached('bench-fixed-rate', { inputs: [source] }, folder =>
    run('javac', ['-proc:none', '-d', folder, '-cp', join(jars, '*'), source]),
  )
}

export async function fixedRate(options: FixedRateOptions): Promise<Percentiles> {
  const { bootstrap, topic, recordsPerSecond, seconds, warmUpSeconds } = options
  const classes = await compiled()
  const { javaArguments, scriptArguments } = await javaModule()
  const { run } = await processModule()
  const base = javaArguments(await kafkaJars(), { heap, logLevel: 'error', jvm: scriptArguments, programs: classes })
  const numbers = [recordsPerSecond, recordBytes, warmUpSeconds, seconds].map(String)
  const args = [...base, 'FixedRate', bootstrap, topic, ...numbers, ...producerSettings]
  const timeoutMs = (warmUpSeconds + seconds) * 1000 + graceMs
  const percentiles = parsePercentiles((await run('java', args, { timeoutMs })).stdout)
  if (percentiles.failed > 0) throw new Error(`${percentiles.failed} records of ${topic} were not acknowledged`)
  return percentiles
}
