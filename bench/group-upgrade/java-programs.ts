// Member.java and Feed.java, compiled once against Kafka's jars; each started as a process of its own.

import { join } from 'node:path'
import { repositoryPath } from '../../testing/repository-path.ts'
import { cacheModule, javaModule, processModule, type StartedProgram } from '../comparison/compat-module.ts'
import { kafkaJars } from '../disk-swap/target.ts'

export type StartJava = (
  main: 'Member' | 'Feed',
  args: readonly string[],
  onLine: (line: string) => void,
) => StartedProgram

const heap = '128M'

/** Fetches and compiles what is missing. What is started ends at the latest with this process. */
export async function javaPrograms(): Promise<StartJava> {
  const sources = ['Member.java', 'Feed.java'].map(name => repositoryPath(`bench/group-upgrade/${name}`))
  const jars = await kafkaJars()
  const { cached } = await cacheModule()
  const { run, start } = await processModule()
  const programs = await cached('bench-group-upgrade', { inputs: sources, extra: [jars] }, folder =>
    run('javac', ['-proc:none', '-d', folder, '-cp', join(jars, '*'), ...sources]),
  )
  const { javaArguments } = await javaModule()
  const base = javaArguments(jars, { heap, logLevel: 'error', programs })
  return (main, args, onLine) => start('java', [...base, main, ...args], { onLine })
}
