// Worker threads that are none: a task runs where it was asked for, at one moment of simulated time, on a copy of its input.
// Loading a task's module takes real time, which simulated time waits for (`hold`).

import type { Cancel } from '../clock.ts'
import { compiledModule } from '../task-module.ts'
import { WorkerError, type Workers, type WorkerTask } from '../worker.ts'

export interface SimWorkersOptions {
  /** Runs `run` when `ms` have passed. Left out: at once. */
  readonly schedule?: (ms: number, run: () => void) => Cancel
  /** Stops simulated time until the promise has settled. */
  readonly hold?: (promise: Promise<unknown>) => void
  /** How long a task takes. */
  readonly taskMs?: () => number
  readonly threadsMax?: number
  readonly queuedTasksMax?: number
}

interface Task {
  readonly module: string
  readonly input: unknown
  readonly resolve: (output: unknown) => void
  readonly reject: (error: unknown) => void
}

/** Workers that run tasks inline. */
export function simWorkers(options: SimWorkersOptions = {}): Workers {
  return new SimWorkers(options)
}

class SimWorkers implements Workers {
  readonly #options: SimWorkersOptions
  readonly #queue: Task[] = []
  readonly #running = new Set<Task>()
  #closed = false

  constructor(options: SimWorkersOptions) {
    this.#options = options
  }

  run<Input, Output>(task: WorkerTask, input: Input, transfer: readonly ArrayBuffer[] = []): Promise<Output> {
    return new Promise<unknown>((resolve, reject) => {
      if (this.#closed) throw closedError()
      const copy = structuredClone(input, { transfer: [...transfer] })
      this.#offer({ module: compiledModule(task), input: copy, resolve, reject })
    }) as Promise<Output>
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const { reject } of [...this.#running, ...this.#queue.splice(0)]) reject(closedError())
    this.#running.clear()
  }

  #offer(task: Task): void {
    const { threadsMax = 1, queuedTasksMax = 256 } = this.#options
    if (this.#running.size < threadsMax) void this.#perform(task)
    else if (this.#queue.length < queuedTasksMax) this.#queue.push(task)
    else throw new WorkerError('QUEUE_FULL', `${this.#queue.length} tasks wait for ${threadsMax} threads`)
  }

  async #perform(task: Task): Promise<void> {
    const { schedule, hold, taskMs } = this.#options
    this.#running.add(task)
    const computed = compute(task)
    hold?.(computed)
    const settle = await computed
    const finish = () => {
      if (!this.#running.delete(task)) return
      settle()
      const next = this.#queue.shift()
      if (next) void this.#perform(next)
    }
    if (schedule) schedule(taskMs?.() ?? 0, finish)
    else finish()
  }
}

async function compute({ module, input, resolve, reject }: Task): Promise<() => void> {
  try {
    const { default: task } = await import(module)
    const output = structuredClone(await task(input))
    return () => resolve(output)
  } catch (error) {
    return () => reject(error)
  }
}

function closedError(): WorkerError {
  return new WorkerError('CLOSED', 'the workers were closed')
}
