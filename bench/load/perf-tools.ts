// Kafka's own load programs, ProducerPerformance and ConsumerPerformance, as its scripts start them: nobody here wrote them,
// and neither broker is favoured by them.

import { type JavaModule, javaModule, processModule } from '../comparison/compat-module.ts'
import { kafkaJars } from '../disk-swap/target.ts'
import { type Consumed, type Produced, parseConsumed, parseProduced } from './perf-output.ts'

/** What kafka-producer-perf-test and kafka-consumer-perf-test set. */
const heap = '512M'
const loadMsMax = 900_000
const silenceMsMax = 30_000

export interface ProduceOptions {
  readonly bootstrap: string
  readonly topic: string
  readonly records: number
  readonly recordBytes: number
  /** Producer settings: `{ acks: 1, 'batch.size': 16384 }`. */
  readonly settings: Readonly<Record<string, string | number>>
  /** Records a second; as fast as it goes when missing. */
  readonly throughput?: number
}

export interface ConsumeOptions {
  readonly bootstrap: string
  readonly topic: string
  readonly records: number
  /** For many at once: a JVM that starts with little work, at the price of slower reading. */
  readonly startsQuickly?: boolean
}

async function runTool(name: string, args: readonly string[], startsQuickly = false): Promise<string> {
  const java: JavaModule = await javaModule()
  const jvm = startsQuickly ? {} : { jvm: java.scriptArguments }
  const base = java.javaArguments(await kafkaJars(), { heap, logLevel: 'error', ...jvm })
  const { run } = await processModule()
  const result = await run('java', [...base, java.toolClasses[name]!, ...args], { timeoutMs: loadMsMax })
  return result.stdout
}

export async function producePerformance(options: ProduceOptions): Promise<Produced> {
  const { bootstrap, topic, records, recordBytes, settings, throughput = -1 } = options
  const properties = Object.entries(settings).map(([name, value]) => `${name}=${value}`)
  const stdout = await runTool('producerPerformance', [
    ...['--bootstrap-server', bootstrap, '--topic', topic],
    ...['--num-records', String(records), '--record-size', String(recordBytes), '--throughput', String(throughput)],
    ...['--command-property', ...properties],
  ])
  return parseProduced(stdout)
}

export async function consumePerformance(options: ConsumeOptions): Promise<Consumed> {
  const { bootstrap, topic, records, startsQuickly } = options
  const args = ['--bootstrap-server', bootstrap, '--topic', topic, '--num-records', String(records)]
  const more = ['--timeout', String(silenceMsMax), '--hide-header']
  const stdout = await runTool('consumerPerformance', [...args, ...more], startsQuickly)
  const consumed = parseConsumed(stdout)
  if (consumed.records < records)
    throw new Error(`only ${consumed.records} of ${records} records of ${topic} came back`)
  return consumed
}
