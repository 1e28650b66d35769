// What a client is told to do, and what it answers: the two sides of programs/load.mjs and programs/PeerLoad.java.

export interface Job {
  readonly direction: 'produce' | 'consume' | 'latency' | 'idle'
  readonly bootstrap: string
  /** Of one partition. */
  readonly topic: string
  /** Measured: to be produced, or how many the topic holds, to be read so many `times`, by a new consumer each time. */
  readonly records: number
  readonly times: number
  /** Done before, in the same process, and not measured. */
  readonly warmUpRecords: number
  readonly warmUpTimes: number
  readonly recordBytes: number
  readonly batchBytes: number
  /** Of 'idle': in one process, and how long they are left alone before its memory is read. */
  readonly consumers: number
  readonly idleMs: number
}

/** Of one process. What does not belong to the direction is missing. */
export interface Outcome {
  readonly records: number
  /** Of all values. */
  readonly bytes?: number
  /** Records and seconds of the rate: reading is timed from the first batch on, which waited for the group. */
  readonly timedRecords?: number
  readonly seconds?: number
  readonly cpuSeconds?: number
  readonly p50Ms?: number
  readonly p99Ms?: number
  readonly residentBytes?: number
}

/** The last line that a program printed. */
export function parseOutcome(stdout: string): Outcome {
  const line = stdout.trim().split('\n').at(-1) ?? ''
  if (!line.startsWith('{')) throw new Error(`no outcome: ${stdout.slice(-2000)}`)
  return JSON.parse(line) as Outcome
}
