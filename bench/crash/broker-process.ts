// A broker in a process of its own, as a user starts it, so that it can be killed as a user's broker dies.

import { type ChildProcess, spawn } from 'node:child_process'
import { repositoryPath } from '../../testing/repository-path.ts'

const readyMsMax = 60_000

export interface BrokerProcessOptions {
  readonly dataDir: string
  /** 0 takes a free port. */
  readonly port: number
  readonly settings?: readonly string[]
}

export class BrokerProcess {
  readonly port: number
  readonly #child: ChildProcess
  readonly #exit: Promise<void>

  private constructor(child: ChildProcess, port: number, exit: Promise<void>) {
    this.#child = child
    this.port = port
    this.#exit = exit
  }

  /** Starts a broker and waits for its `ready` line; rejects with what it printed when that does not come. */
  static async start(options: BrokerProcessOptions): Promise<BrokerProcess> {
    const settings = (options.settings ?? []).flatMap(setting => ['--set', setting])
    const args = ['start', '--port', String(options.port), '--data', options.dataDir, ...settings]
    const child = spawn(process.execPath, [repositoryPath('dist/bundle/millrace.js'), ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const exit = new Promise<void>(resolve => child.once('exit', () => resolve()))
    const port = await readyPort(child)
    return new BrokerProcess(child, port, exit)
  }

  /** SIGKILL, as power to the process is lost: nothing of it runs afterwards. */
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
}

function readyPort(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let output = ''
    const timer = setTimeout(() => fail(`was not ready after ${readyMsMax} ms`), readyMsMax)
    const fail = (what: string) => {
      clearTimeout(timer)
      child.kill('SIGKILL')
      reject(new Error(`the broker ${what}:\n${output}`))
    }
    const gather = (chunk: Buffer) => {
      output += chunk
      const ready = /^ready .*?:(\d+)/m.exec(output)
      if (!ready) return
      clearTimeout(timer)
      resolve(Number(ready[1]))
    }
    child.stdout!.on('data', gather)
    child.stderr!.on('data', gather)
    child.once('error', error => fail(`could not be started (${error.message})`))
    child.once('exit', code => fail(`ended with code ${code}`))
  })
}
