// Modules of the compatibility run: plain JavaScript beside the sources, which is not compiled. Typed here as far as used.

import { pathToFileURL } from 'node:url'
import { repositoryPath } from '../../testing/repository-path.ts'

export interface ProgramResult {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface StartedProgram {
  readonly child: import('node:child_process').ChildProcess
  readonly result: ProgramResult
  readonly done: Promise<ProgramResult>
}

export interface ProgramOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  readonly timeoutMs?: number
  readonly anyStatus?: boolean
  /** Its standard input. */
  readonly input?: string
  readonly onLine?: (line: string) => void
}

export interface ProcessModule {
  /** Runs a program to its end; rejects when it fails. What runs is killed when this process ends. */
  run(command: string, args: readonly string[], options?: ProgramOptions): Promise<ProgramResult>
  start(command: string, args: readonly string[], options?: ProgramOptions): StartedProgram
  works(command: string, ...args: string[]): Promise<boolean>
}

export interface JavaModule {
  readonly scriptArguments: readonly string[]
  readonly toolClasses: Readonly<Record<string, string>>
  javaArguments(
    jars: string,
    options: { heap?: string; logLevel?: string; jvm?: readonly string[]; programs?: string },
  ): string[]
}

export interface CacheModule {
  cached(
    name: string,
    depends: { inputs: readonly string[]; extra?: readonly string[] },
    fill: (folder: string) => Promise<unknown>,
  ): Promise<string>
}

export interface NodeClientsModule {
  setupRdkafka(): Promise<{ program(client: string): { command: string; args: string[] } }>
}

export interface GoModule {
  setupGo(): Promise<{ program: { command: string; args: readonly string[] } }>
}

export interface RunningBroker {
  readonly port: number
  readonly bootstrap: string
  readonly pid: number
  /** From the start of the process until the port answered. */
  readonly startMs: number
  output(): string
  stop(): Promise<void>
  kill(): Promise<void>
}

export interface StartOptions {
  readonly dataDir: string
  readonly settings?: Readonly<Record<string, string | number>>
  readonly startMsMax?: number
}

export interface TargetModules {
  startKafka(options: StartOptions & { heap?: string; jvm?: readonly string[] }): Promise<RunningBroker>
  startMillrace(options: StartOptions & { program?: string; nodeArguments?: readonly string[] }): Promise<RunningBroker>
}

function compatModule<T>(path: string): Promise<T> {
  return import(pathToFileURL(repositoryPath(`broker/compat/${path}`)).href) as Promise<T>
}

export const processModule = () => compatModule<ProcessModule>('process.mjs')
export const javaModule = () => compatModule<JavaModule>('tools/java.mjs')
export const nodeClientsModule = () => compatModule<NodeClientsModule>('tools/node-clients.mjs')
export const goModule = () => compatModule<GoModule>('tools/go.mjs')
export const cacheModule = () => compatModule<CacheModule>('cache.mjs')
export const targetModules = async (): Promise<TargetModules> => ({
  ...(await compatModule<TargetModules>('kafka-target.mjs')),
  ...(await compatModule<TargetModules>('millrace-target.mjs')),
})
