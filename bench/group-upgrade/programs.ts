// The programs of the run, each compiled once and started as a process of its own: Member.java and Feed.java against Kafka's jars, and
// the compatibility run's Go program, which is a member with franz-go, and our own client.

import { join } from 'node:path'
import { repositoryPath } from '../../testing/repository-path.ts'
import { cacheModule, goModule, javaModule, processModule, type StartedProgram } from '../comparison/compat-module.ts'
import { kafkaJars } from '../disk-swap/target.ts'

export type ProgramName = 'Member' | 'Feed' | 'franz-go' | 'ours'

export type StartProgram = (
  name: ProgramName,
  args: readonly string[],
  onLine: (line: string) => void,
) => StartedProgram

const heap = '128M'
const ourMember = repositoryPath('dist/bench/group-upgrade/our-member.js')

/** Fetches and compiles what is missing; rejects without a JDK, Maven or Go. What is started ends at the latest with this process. */
export async function programs(): Promise<StartProgram> {
  const sources = ['Member.java', 'Feed.java'].map(name => repositoryPath(`bench/group-upgrade/${name}`))
  const jars = await kafkaJars()
  const { cached } = await cacheModule()
  const { run, start } = await processModule()
  const classes = await cached('bench-group-upgrade', { inputs: sources, extra: [jars] }, folder =>
    run('javac', ['-proc:none', '-d', folder, '-cp', join(jars, '*'), ...sources]),
  )
  const { javaArguments } = await javaModule()
  const java = javaArguments(jars, { heap, logLevel: 'error', programs: classes })
  const { program: go } = await (await goModule()).setupGo()
  return (name, args, onLine) => {
    if (name === 'ours') return start(process.execPath, [ourMember, ...args], { onLine })
    if (name === 'franz-go') return start(go.command, [...go.args, 'process', ...args], { onLine })
    return start('java', [...java, name, ...args], { onLine })
  }
}
