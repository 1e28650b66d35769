// autocannon (https://github.com/mcollina/autocannon) as a process of its own; fetched from its own manifest when it is first used.

import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { repositoryPath } from '../../testing/repository-path.ts'
import { cacheModule, processModule } from '../comparison/compat-module.ts'

const manifests = ['package.json', 'package-lock.json', '.npmrc']
const installMsMax = 300_000
const endMsMax = 60_000

export interface Load {
  readonly url: string
  /** Asked for in turns, from the first one on. */
  readonly idsPath: string
  readonly seconds: number
  readonly connections: number
}

export interface LoadResult {
  readonly requestsPerSecond: number
  readonly p99Ms: number
  /** Answers that were not 200, and requests without an answer. */
  readonly failures: number
}

/** The folder of its package; fetched once for each machine. */
export async function autocannonFolder(): Promise<string> {
  const [{ cached }, { run }] = [await cacheModule(), await processModule()]
  const inputs = manifests.map(name => repositoryPath(`bench/autocannon/${name}`))
  const folder = await cached('autocannon', { inputs }, async unfinished => {
    for (const name of manifests) cpSync(repositoryPath(`bench/autocannon/${name}`), join(unfinished, name))
    await run('npm', ['ci', '--ignore-scripts', '--loglevel=error'], { cwd: unfinished, timeoutMs: installMsMax })
  })
  return join(folder, 'node_modules', 'autocannon')
}

/** Asks for schemas by their ids. */
export async function loadById({ url, idsPath, seconds, connections }: Load): Promise<LoadResult> {
  const [folder, { run }] = [await autocannonFolder(), await processModule()]
  const program = repositoryPath('bench/registry-size/by-id.mjs')
  const args = [program, folder, url, idsPath, String(seconds), String(connections)]
  const { stdout } = await run(process.execPath, args, { timeoutMs: seconds * 1000 + endMsMax })
  return JSON.parse(stdout) as LoadResult
}
