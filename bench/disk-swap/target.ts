// The two brokers that take turns on one data directory: ours, as a user starts it, and Apache Kafka 4.3.0. Both are started
// by the compatibility run's own modules, which fetch Kafka's jars when they are not there.

import { pathToFileURL } from 'node:url'
import { repositoryPath } from '../../testing/repository-path.ts'

export type TargetName = 'millrace' | 'kafka'

export interface RunningBroker {
  readonly port: number
  readonly bootstrap: string
  /** What it has printed so far. */
  output(): string
  /** SIGTERM; rejects when it did not end well. */
  stop(): Promise<void>
  /** SIGKILL. */
  kill(): Promise<void>
}

export interface TargetOptions {
  /** Log directories; the first one holds the metadata. */
  readonly logDirs: readonly string[]
  readonly settings?: Readonly<Record<string, string | number>>
}

type Settings = TargetOptions['settings']
type StartKafka = (options: { logDirs: readonly string[]; settings?: Settings }) => Promise<RunningBroker>
type StartMillrace = (options: { dataDir: string; settings?: Settings }) => Promise<RunningBroker>

/** A module of the compatibility run: plain JavaScript beside the sources, which is not compiled. */
export function compatModule(path: string): Promise<Record<string, unknown>> {
  return import(pathToFileURL(repositoryPath(`broker/compat/${path}`)).href)
}

/** Starts a broker on a directory, formatting it when it is new, and resolves when it answers. */
export async function startTarget(name: TargetName, options: TargetOptions): Promise<RunningBroker> {
  const { startKafka, startMillrace } = {
    ...(await compatModule('kafka-target.mjs')),
    ...(await compatModule('millrace-target.mjs')),
  } as unknown as { startKafka: StartKafka; startMillrace: StartMillrace }
  if (name === 'kafka') return startKafka(options)
  const { logDirs, settings } = options
  return startMillrace({ dataDir: logDirs[0]!, settings: { ...settings, 'log.dirs': logDirs.join(',') } })
}

/** The folder with Kafka's jars; fetched once per machine. Rejects with a sentence where there is no Java or no Maven. */
export async function kafkaJars(): Promise<string> {
  const { works } = (await compatModule('process.mjs')) as { works: (...command: string[]) => Promise<boolean> }
  if (!(await works('java', '-version'))) throw new NoKafkaError('there is no `java` here: install a JDK, 17 or newer')
  const { kafkaJars: fetchJars } = (await compatModule('tools/java.mjs')) as { kafkaJars: () => Promise<string> }
  try {
    return await fetchJars()
  } catch (cause) {
    const [reason] = String((cause as Error).message).split('\n')
    throw new NoKafkaError(`Kafka's jars cannot be fetched from Maven Central (${reason})`, { cause })
  }
}

/** Real Kafka cannot be run on this machine. */
export class NoKafkaError extends Error {
  readonly code = 'NO_KAFKA'
}
