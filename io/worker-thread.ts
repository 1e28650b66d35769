// One thread that runs one task after the other. Its program is a string, so that it needs no file beside it that a
// bundler, a compiler or a test runner would have to know about.

import { WorkerError } from './worker.ts'

type Threads = typeof import('node:worker_threads')

const program = `
const { parentPort } = require('node:worker_threads')
parentPort.on('message', async ({ module, input }) => {
  try {
    const task = (await import(module)).default
    parentPort.postMessage({ output: await task(input) })
  } catch (error) {
    parentPort.postMessage({ error: error instanceof Error ? error : new Error(String(error)) })
  }
})`

interface Answer {
  readonly output?: unknown
  readonly error?: Error
}

export class WorkerThread {
  // Loaded with the first task: a broker that never cleans never pays for it.
  #starting: Promise<import('node:worker_threads').Worker> | undefined
  #settle: ((answer: Answer) => void) | undefined
  #alive = true

  get alive(): boolean {
    return this.#alive
  }

  async run(module: string, input: unknown, transfer: readonly ArrayBuffer[]): Promise<unknown> {
    const worker = await (this.#starting ??= this.#start())
    const { output, error } = await new Promise<Answer>(resolve => {
      this.#settle = resolve
      if (!this.#alive) return resolve({ error: lost() })
      try {
        worker.postMessage({ module, input }, [...transfer])
      } catch (cause) {
        resolve({ error: cause as Error })
      }
    })
    if (error) throw error
    return output
  }

  async stop(): Promise<void> {
    this.#alive = false
    if (this.#starting) await (await this.#starting).terminate()
  }

  async #start(): Promise<import('node:worker_threads').Worker> {
    const { Worker }: Threads = await import('node:worker_threads')
    const worker = new Worker(program, { eval: true })
    worker.unref()
    worker.on('message', (answer: Answer) => this.#settle?.(answer))
    worker.on('error', cause => this.#die(lost(cause)))
    worker.on('exit', () => this.#die(lost()))
    return worker
  }

  #die(error: WorkerError): void {
    this.#alive = false
    this.#settle?.({ error })
  }
}

function lost(cause?: unknown): WorkerError {
  return new WorkerError('LOST', 'the worker thread ended before its task did', { cause })
}
