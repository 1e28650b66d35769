// Work that would hold up the event loop, on another thread. Real: worker_threads. Twin: io/sim/worker.ts, run inline.

/** A module that default-exports `(input) => output`, both structured-cloneable, `input` being what `run` was given. */
export type WorkerTask = URL

export interface Workers {
  /** Runs the task's function with the input; rejects with its error. Byte arrays in `transfer` move instead of being copied. */
  run<Input, Output>(task: WorkerTask, input: Input, transfer?: readonly ArrayBuffer[]): Promise<Output>
  close(): Promise<void>
}
