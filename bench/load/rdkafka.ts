// librdkafka as a load program: rdkafka-load.mjs in a process of its own, with node-rdkafka as the compatibility run has it.

import { dirname } from 'node:path'
import { repositoryPath } from '../../testing/repository-path.ts'
import { nodeClientsModule, processModule } from '../comparison/compat-module.ts'

export interface RdkafkaLoad {
  readonly direction: 'produce' | 'consume'
  readonly bootstrap: string
  readonly topic: string
  readonly records: number
  readonly recordBytes: number
}

const loadMsMax = 600_000

/** Compiled once for each machine, which takes minutes; then only looked up. */
let packages: Promise<string> | undefined

async function packagesFolder(): Promise<string> {
  const { setupRdkafka } = await nodeClientsModule()
  return dirname((await setupRdkafka()).program('rdkafka').args[0]!)
}

/** Resolves with records a second. */
export async function rdkafkaLoad({ direction, bootstrap, topic, records, recordBytes }: RdkafkaLoad): Promise<number> {
  packages ??= packagesFolder()
  const { run } = await processModule()
  const program = repositoryPath('bench/load/rdkafka-load.mjs')
  const args = [program, await packages, direction, bootstrap, topic, String(records), String(recordBytes)]
  const { stdout } = await run(process.execPath, args, { timeoutMs: loadMsMax })
  const [count, seconds] = stdout.trim().split(' ').map(Number)
  return count! / seconds!
}
