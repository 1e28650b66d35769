// Work that would hold up the event loop, on another thread. Real: io/real-workers.ts, worker_threads. Twin:
// io/sim/workers.ts, run inline.

/**
 * A module that default-exports `(input) => output` or a promise of it, both structured-cloneable, `input` being what `run`
 * was given: `new URL('./task.ts', import.meta.url)`. It imports no state that it would share with the caller.
 */
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
  /**
   * Runs the task's function with the input; rejects with its error, or a WorkerError. Buffers in `transfer` move instead of
   * being copied, a SharedArrayBuffer stays where it is, and what is copied must not change until it is answered. Tasks beyond
   * the threads wait, up to a limit.
   */
  run<Input, Output>(task: WorkerTask, input: Input, transfer?: readonly ArrayBuffer[]): Promise<Output>
  /** Ends the threads; what runs, waits or comes later is rejected with CLOSED. Idempotent. */
  close(): Promise<void>
}
