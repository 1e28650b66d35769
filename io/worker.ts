// Work that would hold up the event loop, on another thread. Real: worker_threads. Twin: io/sim/worker.ts, run inline.

/** A module that default-exports `(input) => output`, both structured-cloneable, `input` being what `run` was given. */
export type WorkerTask = URL

/** QUEUE_FULL: too many tasks wait; try again when one has ended. CLOSED: `close` was called. LOST: the thread died under it. */
export type WorkerErrorCode = 'QUEUE_FULL' | 'CLOSED' | 'LOST'

export class WorkerError extends Error {
  readonly code: WorkerErrorCode

  constructor(code: WorkerErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.name = 'WorkerError'
    this.code = code
  }
}

export interface Workers {
  /** Runs the task's function with the input; rejects with its error. Byte arrays in `transfer` move instead of being copied. */
  run<Input, Output>(task: WorkerTask, input: Input, transfer?: readonly ArrayBuffer[]): Promise<Output>
  close(): Promise<void>
}
