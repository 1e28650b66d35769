// An instance of the registry in a process of its own, as a user starts it, so that it can be killed as a user's dies.

import { type ChildProcess, spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { repositoryPath } from '../../testing/repository-path.ts'

const readyMsMax = 60_000

export interface RegistryProcessOptions {
  readonly bootstrap: string
  readonly port: number
  /** The program and what comes before its options; `millrace registry` when left out. */
  readonly program?: readonly string[]
}

export const registryProgram: readonly string[] = ['dist/bundle/millrace.js', 'registry']
const sessionTimeout = '6s'

export class RegistryProcess {
  readonly url: string
  readonly #child: ChildProcess
  readonly #exit: Promise<void>
  #output = ''

  private constructor(child: ChildProcess, url: string) {
    this.url = url
    this.#child = child
    this.#exit = new Promise(resolve => child.once('exit', () => resolve()))
    for (const stream of [child.stdout!, child.stderr!]) stream.on('data', chunk => (this.#output += chunk))
  }

  /** Starts one and waits for its `ready` line; rejects with what it printed when that does not come. */
  static async start({ bootstrap, port, program = registryProgram }: RegistryProcessOptions): Promise<RegistryProcess> {
    const [file, ...words] = program as [string, ...string[]]
    const options = ['--bootstrap', bootstrap, '--listen', String(port), '--session-timeout', sessionTimeout]
    const child = spawn(process.execPath, [repositoryPath(file), ...words, ...options], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const registry = new RegistryProcess(child, `http://127.0.0.1:${port}`)
    await registry.#ready()
    return registry
  }

  get output(): string {
    return this.#output
  }

  /** SIGKILL. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#exit
  }

  /** SIGSTOP: connections stay, nobody answers. */
  freeze(): void {
    this.#child.kill('SIGSTOP')
  }

  /** SIGCONT. */
  thaw(): void {
    this.#child.kill('SIGCONT')
  }

  /** SIGTERM, and waits for the clean end. */
  async stop(): Promise<void> {
    this.#child.kill('SIGTERM')
    await this.#exit
  }

  async #ready(): Promise<void> {
    const deadlineMs = performance.now() + readyMsMax
    let hasEnded = false
    void this.#exit.then(() => (hasEnded = true))
    while (!/^ready /m.test(this.#output)) {
      if (hasEnded || performance.now() > deadlineMs) {
        this.#child.kill('SIGKILL')
        throw new Error(`a registry did not become ready:\n${this.#output}`)
      }
      await new Promise(resolve => setTimeout(resolve, 20))
    }
  }
}

/** Ports that were free a moment ago: an instance that is started again has its own again. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer())
  const ports: number[] = []
  for (const server of servers) {
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    ports.push((server.address() as { port: number }).port)
  }
  for (const server of servers) server.close()
  return ports
}
