// The Java program of `broker/compat/streams`, one process per command.

import { compatModule } from '../disk-swap/target.ts'

export interface ProgramResult {
  readonly status: number | null
  readonly signal: string | null
  readonly stdout: string
  readonly stderr: string
}

/** A process that ends by itself or by its handle, at the latest with this process. */
export interface StartedProgram {
  readonly child: { kill(signal: 'SIGTERM' | 'SIGKILL'): boolean }
  readonly done: Promise<ProgramResult>
}

export interface StreamsProgram {
  start(args: readonly string[], onLine?: (line: string) => void): StartedProgram
  /** Resolves with the lines printed; rejects when it fails. */
  run(...args: string[]): Promise<string[]>
}

interface ProcessModule {
  start(command: string, args: readonly string[], options?: { onLine?: (line: string) => void }): StartedProgram
  run(command: string, args: readonly string[], options?: { timeoutMs?: number }): Promise<ProgramResult>
}

interface StreamsModule {
  streamsArguments(temporaryFolder: string): Promise<string[]>
}

const runMsMax = 900_000

/** Fetches and compiles what is missing. `temporaryFolder` is there and removed by the caller. */
export async function streamsProgram(temporaryFolder: string): Promise<StreamsProgram> {
  const processes = (await compatModule('process.mjs')) as unknown as ProcessModule
  const { streamsArguments } = (await compatModule('tools/streams.mjs')) as unknown as StreamsModule
  const java = await streamsArguments(temporaryFolder)
  return {
    start: (args, onLine) => processes.start('java', [...java, ...args], onLine && { onLine }),
    async run(...args) {
      const { stdout } = await processes.run('java', [...java, ...args], { timeoutMs: runMsMax })
      return stdout.split('\n').slice(0, -1)
    },
  }
}
