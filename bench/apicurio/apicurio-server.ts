// Apicurio Registry's server (3.3.3, from Maven Central) as a process of its own, on a free port of the loopback interface.
// Its API that is compatible with Confluent's registry is what we ask: https://www.apicur.io/registry/docs/

import { join } from 'node:path'
import { repositoryPath } from '../../testing/repository-path.ts'
import { cacheModule, processModule, type StartedProgram } from '../comparison/compat-module.ts'
import { freePorts } from '../registry-failover/registry-process.ts'
import { newerJava } from './newer-java.ts'

const fetchMsMax = 600_000
const pollMs = 20
/** More than it comes to use. */
export const heap = '1G'
/** Of its version 7, which is the newest that it says to follow. */
const confluentPath = '/apis/ccompat/v7'

export interface ApicurioOptions {
  /** In memory, gone with it; or in a file, which H2, the database inside, opens again. */
  readonly storage: 'memory' | { readonly file: string }
  /** What is asked for until it is answered; /subjects when left out. */
  readonly firstPath?: string
  readonly startMsMax: number
}

/** Its server's folder; fetched once for each machine. Rejects with a sentence where there is no Maven or no such archive. */
export async function apicurioFolder(): Promise<string> {
  const [{ cached }, { run, works }] = [await cacheModule(), await processModule()]
  if (!(await works('mvn', '-version'))) throw new Error('there is no `mvn` here: install Maven')
  const pom = repositoryPath('bench/apicurio/pom.xml')
  return cached('apicurio', { inputs: [pom] }, folder =>
    run('mvn', ['-q', '-B', '-f', pom, 'dependency:unpack-dependencies', `-DoutputDirectory=${folder}`], {
      timeoutMs: fetchMsMax,
    }),
  )
}

export class ApicurioServer {
  /** Where it answers as Confluent's registry does. */
  readonly url: string
  readonly #program: StartedProgram

  private constructor(program: StartedProgram, port: number) {
    this.#program = program
    this.url = `http://127.0.0.1:${port}${confluentPath}`
  }

  get pid(): number {
    return this.#program.child.pid!
  }

  /** Resolves when it answers; rejects with a sentence when it ends before, or takes longer than `startMsMax`. */
  static async start({ storage, firstPath = '/subjects', startMsMax }: ApicurioOptions): Promise<ApicurioServer> {
    const [java, folder] = [await newerJava(), await apicurioFolder()]
    const [port, managementPort] = (await freePorts(2)) as [number, number]
    const settings = Object.entries({ ...settingsOf(port, managementPort), ...storageSettings(storage) })
    const defined = settings.map(([name, value]) => `-D${name}=${value}`)
    const { start } = await processModule()
    const program = start(java, [`-Xmx${heap}`, ...defined, '-jar', join(folder, 'quarkus-run.jar')], { cwd: folder })
    const server = new ApicurioServer(program, port)
    try {
      await server.#answers(firstPath, startMsMax)
      return server
    } catch (error) {
      await server.kill()
      throw error
    }
  }

  get output(): string {
    return this.#program.result.stdout + this.#program.result.stderr
  }

  /** SIGTERM, and waits for the clean end. */
  async stop(): Promise<void> {
    this.#program.child.kill('SIGTERM')
    await this.#program.done
  }

  async kill(): Promise<void> {
    this.#program.child.kill('SIGKILL')
    await this.#program.done
  }

  async #answers(path: string, startMsMax: number): Promise<void> {
    const deadlineMs = performance.now() + startMsMax
    let hasEnded = false
    void this.#program.done.then(() => (hasEnded = true))
    while (!(await isAnswered(this.url + path))) {
      if (hasEnded) throw new Error(`Apicurio Registry ended while starting:\n${this.output.slice(-2000)}`)
      if (performance.now() > deadlineMs)
        throw new Error(`Apicurio Registry took longer than ${startMsMax} ms to start`)
      await new Promise(resolve => setTimeout(resolve, pollMs))
    }
  }
}

/** Whether somebody answers with 200. */
export async function isAnswered(url: string): Promise<boolean> {
  try {
    const answer = await fetch(url)
    await answer.arrayBuffer()
    return answer.status === 200
  } catch {
    return false
  }
}

const settingsOf = (port: number, managementPort: number) => ({
  'quarkus.http.host': '127.0.0.1',
  'quarkus.http.port': port,
  'quarkus.management.host': '127.0.0.1',
  'quarkus.management.port': managementPort,
  // Ours writes no line for each request either.
  'quarkus.http.access-log.enabled': false,
})

function storageSettings(storage: ApicurioOptions['storage']): Record<string, string> {
  const h2 = { 'apicurio.storage.kind': 'sql', 'apicurio.storage.sql.kind': 'h2' }
  return storage === 'memory' ? h2 : { ...h2, 'apicurio.datasource.url': `jdbc:h2:file:${storage.file}` }
}
