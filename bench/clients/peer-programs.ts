// How each client's program is started: the npm clients as the compatibility run installs and compiles them, Kafka's from its jars,
// ours from dist/. Each job has a process of its own.

import { dirname, join } from 'node:path'
import { repositoryPath } from '../../testing/repository-path.ts'
import { cacheModule, javaModule, nodeClientsModule, processModule } from '../comparison/compat-module.ts'
import { kafkaJars } from '../disk-swap/target.ts'
import { type Job, type Outcome, parseOutcome } from './jobs.ts'
import type { Peer } from './peer.ts'

/** What kafka-producer-perf-test and kafka-consumer-perf-test set. */
const heap = '512M'
const jobMsMax = 600_000

export type RunJob = (peer: Peer, job: Job) => Promise<Outcome>

/** Fetches and compiles what is missing: minutes, once for each machine. Rejects without a JDK, Maven or a C++ compiler. */
export async function peerPrograms(): Promise<RunJob> {
  const { setupRdkafka } = await nodeClientsModule()
  const folder = dirname((await setupRdkafka()).program('rdkafka').args[0]!)
  const java = await javaCommand()
  const { run } = await processModule()
  const load = repositoryPath('bench/clients/programs/load.mjs')
  return async (peer, job) => {
    const told = { ...job, ...peer.way }
    const pairs = Object.entries(told).map(([name, value]) => `${name}=${value}`)
    const [command, args] =
      peer.program === 'java'
        ? ['java', [...java, ...pairs]]
        : [process.execPath, [load, peer.program, folder, JSON.stringify(told)]]
    const { stdout } = await run(command, args, { timeoutMs: jobMsMax })
    return parseOutcome(stdout)
  }
}

async function javaCommand(): Promise<string[]> {
  const source = repositoryPath('bench/clients/programs/PeerLoad.java')
  const jars = await kafkaJars()
  const { cached } = await cacheModule()
  const { run } = await processModule()
  const classes = await cached('bench-peer-load', { inputs: [source] }, folder =>
    run('javac', ['-proc:none', '-d', folder, '-cp', join(jars, '*'), source]),
  )
  const { javaArguments, scriptArguments } = await javaModule()
  return [...javaArguments(jars, { heap, logLevel: 'error', jvm: scriptArguments, programs: classes }), 'PeerLoad']
}
