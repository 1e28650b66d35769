// For tests: workers that run a task when the test says so, in the order it says, on copies as threads would.

import { WorkerError, type WorkerErrorCode, type Workers, type WorkerTask } from '../io/worker.ts'

interface HeldTask {
  readonly input: unknown
  readonly resolve: (output: unknown) => void
  readonly reject: (error: Error) => void
}

export class HeldWorkers implements Workers {
  readonly #run: (input: never) => unknown
  readonly #held: HeldTask[] = []

  /** `run`: the function of the one task that is asked for. */
  constructor(run: (input: never) => unknown) {
    this.#run = run
  }

  get heldCount(): number {
    return this.#held.length
  }

  run<Input, Output>(_task: WorkerTask, input: Input, transfer: readonly ArrayBuffer[] = []): Promise<Output> {
    const copy = structuredClone(input, { transfer: [...transfer] })
    return new Promise<unknown>((resolve, reject) => {
      this.#held.push({ input: copy, resolve, reject })
    }) as Promise<Output>
  }

  async close(): Promise<void> {}

  /** Does the task at this place of those that are held, 0 being the oldest. */
  finish(index = 0): void {
    const [task] = this.#held.splice(index, 1)
    task!.resolve(structuredClone(this.#run(task!.input as never)))
  }

  fail(code: WorkerErrorCode, index = 0): void {
    const [task] = this.#held.splice(index, 1)
    task!.reject(new WorkerError(code, 'as the test wants it'))
  }
}
