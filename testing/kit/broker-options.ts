// What a broker of the kit is started with, and what follows from it: settings, storage, the name of its data directory.

import { type BrokerConfig, brokerConfig } from '../../broker/config/broker-config.ts'
import { didYouMean } from '../../broker/config/closest-name.ts'
import { developmentProfile } from '../../broker/config/development-profile.ts'
import { ClientError } from '../../client/client-error.ts'
import type { Logger } from '../../io/logger.ts'
import { isLogLevel, type LogLevel } from './stderr-logger.ts'

/** Settings by the names that Kafka gives them. */
export type Settings = Readonly<Record<string, string | number | boolean>>

export interface TopicOptions {
  /** `num.partitions` of the broker when left out, which is 1. */
  readonly partitions?: number
  /** The topic's own settings: `cleanup.policy`, `retention.ms` and so on. */
  readonly config?: Settings
}

export interface StartBrokerOptions {
  /** Where data is: in memory, or in a temporary directory that is removed at `close`. `memory` when left out. */
  readonly storage?: 'memory' | 'directory'
  /** A directory to keep data in, made where it is missing; it is opened as it is, and stays. */
  readonly directory?: string
  /** On 127.0.0.1; a free one when left out. */
  readonly port?: number
  /** Settings of the broker, as in Kafka's server.properties. One that is unknown, or impossible, is an error (ConfigError). */
  readonly config?: Settings
  /** Topics that are there when it has started. */
  readonly topics?: Readonly<Record<string, TopicOptions>>
  /** `manual`: the broker's time stands still until `broker.clock.advance`. `real` when left out. */
  readonly clock?: 'real' | 'manual'
  /** Log lines on standard error from this level on, or where they go instead. None when left out. */
  readonly log?: LogLevel | Logger
  /** How many requests `broker.requests` remembers: 10,000 when left out. */
  readonly requestsMax?: number
}

const optionNames = ['storage', 'directory', 'port', 'config', 'topics', 'clock', 'log', 'requestsMax'] as const satisfies readonly (keyof StartBrokerOptions)[] // biome-ignore format: a list

/** What a test wants otherwise than a server does. Documented in the README. */
const settingsOfTests: Settings = {
  // The first member of a group need not wait for others, who in a test are started one after the other.
  'group.initial.rebalance.delay.ms': 0,
  // 50 each in Kafka: a group needs one of them, and a start with all of them would be most of the time of a small test.
  'offsets.topic.num.partitions': 1,
  'transaction.state.log.num.partitions': 1,
}

const settingsOfManualTime: Settings = {
  // A jump in time is no silence of those who are connected.
  'connections.max.idle.ms': -1,
  // A record in the metadata for each half second of a week that passes in a moment would be a million.
  'metadata.max.idle.interval.ms': 0,
}

/** Throws a ClientError INVALID_ARGUMENT that says what is wrong and what to write. */
export function checkOptions(options: StartBrokerOptions): void {
  for (const name of Object.keys(options)) {
    const isKnown = (optionNames as readonly string[]).includes(name)
    if (!isKnown) throw wrong(`there is no option ${name}.${didYouMean(name, optionNames)}`)
  }
  const { storage, directory, port, clock, log, requestsMax } = options
  oneOf('storage', storage, ['memory', 'directory'])
  oneOf('clock', clock, ['real', 'manual'])
  if (directory !== undefined && storage === 'memory') throw wrong('data is in memory or in a directory: leave one out')
  whole('port', port, 0, 65_535)
  whole('requestsMax', requestsMax, 0, Number.MAX_SAFE_INTEGER)
  const isLog = log === undefined || typeof log === 'object' || isLogLevel(log)
  if (!isLog) throw wrong(`log is debug, info, warn, error or a logger, and not ${String(log)}`)
}

/** The broker's configuration. Throws a ConfigError that names every setting that cannot be. */
export function configOf(options: StartBrokerOptions, dataDir: string): BrokerConfig {
  const ofTests = options.clock === 'manual' ? { ...settingsOfTests, ...settingsOfManualTime } : settingsOfTests
  const profile = new Map([...developmentProfile({ port: options.port ?? 0, dataDir }), ...textsOf(ofTests)])
  return brokerConfig({ profile, overrides: textsOf(options.config ?? {}) })
}

export function textsOf(settings: Settings): Map<string, string> {
  return new Map(Object.entries(settings).map(([name, value]) => [name, String(value)]))
}

function oneOf(name: string, value: string | undefined, known: readonly string[]): void {
  if (value === undefined || known.includes(value)) return
  throw wrong(`${name} is ${known.join(' or ')}, and not ${value}.${didYouMean(value, known)}`)
}

function whole(name: string, value: number | undefined, min: number, max: number): void {
  const isGood = value === undefined || (Number.isSafeInteger(value) && value >= min && value <= max)
  if (!isGood) throw wrong(`${name} is a whole number from ${min} on, and not ${value}`)
}

const wrong = (message: string): ClientError => new ClientError('INVALID_ARGUMENT', `startBroker: ${message}`)
