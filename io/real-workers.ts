// A pool of worker_threads, started when first needed. At most `threadsMax` tasks run at once, at most `queuedTasksMax`
// wait; a task beyond that is refused with QUEUE_FULL. Idle threads do not keep the process alive.
// Where a runtime cannot load TypeScript on a thread (sources run by a test runner on Node 20), a .ts task runs on the
// calling thread.

import { availableParallelism } from 'node:os'
import { compiledModule } from './task-module.ts'
import { WorkerError, type Workers, type WorkerTask } from './worker.ts'
import { WorkerThread } from './worker-thread.ts'

export interface RealWorkersOptions {
  readonly threadsMax?: number
  readonly queuedTasksMax?: number
}

// One core stays with the event loop.
const threadsMaxDefault = Math.max(1, Math.min(4, availableParallelism() - 1))
const queuedTasksMaxDefault = 256

interface Task {
  readonly module: string
  readonly input: unknown
  readonly transfer: readonly ArrayBuffer[]
  readonly resolve: (output: unknown) => void
  readonly reject: (error: Error) => void
}

/** Threads of the machine. */
export function realWorkers(options: RealWorkersOptions = {}): Workers {
  return new RealWorkers(options.threadsMax ?? threadsMaxDefault, options.queuedTasksMax ?? queuedTasksMaxDefault)
}

class RealWorkers implements Workers {
  readonly #threadsMax: number
  readonly #queuedTasksMax: number
  readonly #idle: WorkerThread[] = []
  readonly #busy = new Set<WorkerThread>()
  readonly #queue: Task[] = []
  #closed = false

  constructor(threadsMax: number, queuedTasksMax: number) {
    this.#threadsMax = threadsMax
    this.#queuedTasksMax = queuedTasksMax
  }

  run<Input, Output>(task: WorkerTask, input: Input, transfer: readonly ArrayBuffer[] = []): Promise<Output> {
    if (this.#closed) return Promise.reject(closedError())
    const module = compiledModule(task)
    if (!loadsOnThreads(module)) return runHere(module, input, transfer)
    return new Promise<unknown>((resolve, reject) => {
      this.#offer({ module, input, transfer, resolve, reject })
    }) as Promise<Output>
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const { reject } of this.#queue.splice(0)) reject(closedError())
    await Promise.all([...this.#idle, ...this.#busy].map(thread => thread.stop()))
  }

  #offer(task: Task): void {
    if (this.#idle.length > 0 || this.#busy.size < this.#threadsMax) void this.#perform(task)
    else if (this.#queue.length < this.#queuedTasksMax) this.#queue.push(task)
    else task.reject(new WorkerError('QUEUE_FULL', `${this.#queue.length} tasks wait for ${this.#threadsMax} threads`))
  }

  async #perform(task: Task): Promise<void> {
    const thread = this.#idle.pop() ?? new WorkerThread()
    this.#busy.add(thread)
    try {
      task.resolve(await thread.run(task.module, task.input, task.transfer))
    } catch (error) {
      task.reject(this.#closed ? closedError() : (error as Error))
    }
    this.#busy.delete(thread)
    if (this.#closed) return
    if (thread.alive) this.#idle.push(thread)
    const next = this.#queue.shift()
    if (next) void this.#perform(next)
  }
}

function closedError(): WorkerError {
  return new WorkerError('CLOSED', 'the workers were closed')
}

function loadsOnThreads(module: string): boolean {
  return !module.endsWith('.ts') || Boolean((process.features as { typescript?: unknown }).typescript)
}

async function runHere<Output>(module: string, input: unknown, transfer: readonly ArrayBuffer[]): Promise<Output> {
  const received = structuredClone(input, { transfer: [...transfer] })
  const { default: task } = await import(module)
  return structuredClone(await task(received))
}
