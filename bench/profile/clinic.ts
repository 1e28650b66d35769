// Clinic.js (https://clinicjs.org): fetched from its own manifest when it is first used, and our broker run under it.
// It wraps node's command line: `clinic doctor -- node program`. It makes its report when the program has ended.

import { cpSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { repositoryPath } from '../../testing/repository-path.ts'
import { cacheModule, processModule, type RunningBroker } from '../comparison/compat-module.ts'

export const clinicTools = ['flame', 'doctor', 'bubbleprof'] as const
export type ClinicTool = (typeof clinicTools)[number]

const manifests = ['package.json', 'package-lock.json', '.npmrc']
const installMsMax = 600_000

/** Neither usage statistics nor a look for newer versions: a bench talks to nobody. */
export const clinicQuiet = { NO_INSIGHT: 'true', NO_UPDATE_NOTIFIER: '1' }

/** Clinic's program; fetched once for each machine. Its install scripts are not run, it works without. */
export async function clinicProgram(): Promise<string> {
  const { cached } = await cacheModule()
  const { run } = await processModule()
  const inputs = manifests.map(name => repositoryPath(`bench/clinic/${name}`))
  const folder = await cached('clinic', { inputs }, async unfinished => {
    for (const name of manifests) cpSync(repositoryPath(`bench/clinic/${name}`), join(unfinished, name))
    await run('npm', ['ci', '--ignore-scripts', '--loglevel=error'], { cwd: unfinished, timeoutMs: installMsMax })
  })
  return join(folder, 'node_modules', 'clinic', 'bin.js')
}

/** What stands between `node` and our program. */
export function clinicArguments(program: string, tool: ClinicTool, folder: string): string[] {
  return [program, tool, '--open=false', '--dest', folder, '--', process.execPath]
}

/** Ends the broker that clinic runs, not clinic, which then makes its report. */
function endChildOf(pid: number): void {
  const children = readdirSync(`/proc/${pid}/task`).flatMap(task =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'latin1').trim().split(' ').filter(Boolean),
  )
  for (const child of children) process.kill(Number(child), 'SIGTERM')
}

/** Asks the broker to end and waits until clinic is through with it. */
export async function endUnderClinic(broker: RunningBroker): Promise<void> {
  endChildOf(broker.pid)
  while (isRunning(broker.pid)) await new Promise(resolve => setTimeout(resolve, 100))
  await broker.stop()
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** The reports that clinic has left in a folder. */
export function reportsIn(folder: string): string[] {
  return readdirSync(folder).filter(name => name.endsWith('.html')).map(name => join(folder, name)) // biome-ignore format: one thought
}
