// One thread that runs one task after the other; it keeps the process alive only while it has one. Its program is a string, so that it needs no file beside it that a
// bundler, a compiler or a test runner would have to know about.

import type { Worker } from 'node:worker_threads'
import { WorkerError } from './worker.ts'

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
  #starting: Promise<Worker> | undefined
  #settle: ((answer: Answer) => void) | undefined
  #alive = true

  get alive(): boolean {
    return this.#alive
  }

  async run(module: string, input: unknown, transfer: readonly ArrayBuffer[]): Promise<unknown> {
    const worker = await (this.#starting ??= this.#start())
    worker.ref()
    const { output, error } = await new Promise<Answer>(resolve => {
      this.#settle = resolve
      if (this.#alive) post(worker, { module, input }, transfer, resolve)
      else resolve({ error: lost() })
    })
    worker.unref()
    if (error) throw error
    return output
  }

  async stop(): Promise<void> {
    this.#alive = false
    if (this.#starting) await (await this.#starting).terminate()
  }

  async #start(): Promise<Worker> {
    const threads = await import('node:worker_threads')
    const worker = new threads.Worker(program, { eval: true })
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

function post(worker: Worker, task: object, transfer: readonly ArrayBuffer[], answer: (answer: Answer) => void): void {
  try {
    worker.postMessage(task, [...transfer])
  } catch (cause) {
    answer({ error: cause as Error }) // the input cannot be copied
  }
}

function lost(cause?: unknown): WorkerError {
  return new WorkerError('LOST', 'the worker thread ended before its task did', { cause })
}
