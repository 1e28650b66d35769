// Our registry on a topic in memory, as a process of its own.

import { repositoryPath } from '../../testing/repository-path.ts'
import { processModule } from '../comparison/compat-module.ts'

export interface OurServer {
  readonly url: string
  stop(): Promise<void>
}

/** Resolves when it listens. */
export async function startOurServer(): Promise<OurServer> {
  const { start } = await processModule()
  const program = repositoryPath('dist/schema-registry/testing/memory-server-main.js')
  let listens: (url: string) => void = () => undefined
  const url = new Promise<string>(resolve => (listens = resolve))
  const { child, done, result } = start(process.execPath, [program], { onLine: listens })
  const ended = done.then(() => Promise.reject(new Error(`our registry ended while starting:\n${result.stderr}`)))
  ended.catch(() => undefined)
  return {
    url: await Promise.race([url, ended]),
    async stop() {
      child.kill('SIGKILL')
      await done
    },
  }
}
