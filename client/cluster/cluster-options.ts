// How a client talks to its cluster: settings that producers, consumers and admins share. Defaults are those of Kafka's Java
// clients 4.3.0, whose names stand in brackets.

import type { TlsOptions } from '../../io/net.ts'
import { ClientError } from '../client-error.ts'
import type { RetryBudgetOptions } from '../resilience/retry-budget.ts'
import { retryBudgetDefaults } from '../resilience/retry-budget.ts'
import { type Address, parseBootstrap } from './address.ts'
import type { Authenticator } from './authenticator.ts'

export interface ClusterOptions {
  /** "host:port", several with commas or in an array: enough of the cluster's brokers that one of them is up. */
  readonly bootstrap: string | readonly string[]
  /** Named in the broker's logs, metrics and quotas. 'millrace' when left out. [client.id] */
  readonly clientId?: string
  /** The rack, or zone, this client is in: consumers read from a replica there (KIP-392). [client.rack] */
  readonly rack?: string
  /** Encrypted connections; `true`: with the machine's certificates. */
  readonly tls?: TlsOptions | boolean
  /** What is done on a new connection before anything is asked. */
  readonly authenticator?: Authenticator
  /** How long a broker may take to answer before the connection is dropped; 30 s. [request.timeout.ms] */
  readonly requestTimeoutMs?: number
  /** For a connection, TLS and authentication included; 10 s. [socket.connection.setup.timeout.ms] */
  readonly connectTimeoutMs?: number
  /** What is known of the cluster is asked for again after this; 5 min. [metadata.max.age.ms] */
  readonly metadataMaxAgeMs?: number
  /** After so long without an answer to that, the bootstrap addresses are asked again; 5 min (KIP-1102). [metadata.recovery.rebootstrap.trigger.ms] */
  readonly rebootstrapAfterMs?: number
  /** The longest wait after a first failure, and after many; 100 ms and 1 s. [retry.backoff.ms, retry.backoff.max.ms] */
  readonly retryBackoffMs?: number
  readonly retryBackoffMaxMs?: number
  /** How long a broker that failed is left alone at first, and after many failures; 50 ms and 1 s. [reconnect.backoff.ms, .max.ms] */
  readonly reconnectBackoffMs?: number
  readonly reconnectBackoffMaxMs?: number
  /** Failures in a row after which a broker is left alone; 3. */
  readonly breakerFailuresMax?: number
  readonly retryBudget?: Partial<RetryBudgetOptions>
}

/** The options with everything filled in. */
export interface ClusterSettings {
  readonly bootstrap: readonly Address[]
  readonly clientId: string
  readonly rack: string | undefined
  readonly tls: TlsOptions | undefined
  readonly authenticator: Authenticator | undefined
  readonly requestTimeoutMs: number
  readonly connectTimeoutMs: number
  readonly metadataMaxAgeMs: number
  readonly rebootstrapAfterMs: number
  readonly retryBackoffMs: number
  readonly retryBackoffMaxMs: number
  readonly reconnectBackoffMs: number
  readonly reconnectBackoffMaxMs: number
  readonly breakerFailuresMax: number
  readonly retryBudget: RetryBudgetOptions
}

/** Throws INVALID_ARGUMENT. */
export function clusterSettings(options: ClusterOptions): ClusterSettings {
  const { tls = false } = options
  const number = (name: keyof ClusterOptions & keyof ClusterSettings, standard: number, min: number) =>
    checked(name, (options[name] as number | undefined) ?? standard, min)
  return {
    bootstrap: parseBootstrap(options.bootstrap),
    clientId: options.clientId ?? 'millrace',
    rack: options.rack,
    tls: tls === true ? {} : tls || undefined,
    authenticator: options.authenticator,
    // Brokers are told of it, in whole milliseconds.
    requestTimeoutMs: whole('requestTimeoutMs', number('requestTimeoutMs', 30_000, 1)),
    connectTimeoutMs: number('connectTimeoutMs', 10_000, 1),
    metadataMaxAgeMs: number('metadataMaxAgeMs', 300_000, 1),
    rebootstrapAfterMs: number('rebootstrapAfterMs', 300_000, 0),
    retryBackoffMs: number('retryBackoffMs', 100, 0),
    retryBackoffMaxMs: number('retryBackoffMaxMs', 1000, 0),
    reconnectBackoffMs: number('reconnectBackoffMs', 50, 0),
    reconnectBackoffMaxMs: number('reconnectBackoffMaxMs', 1000, 0),
    breakerFailuresMax: number('breakerFailuresMax', 3, 1),
    retryBudget: { ...retryBudgetDefaults, ...options.retryBudget },
  }
}

function whole(name: string, value: number): number {
  if (Number.isInteger(value)) return value
  throw new ClientError('INVALID_ARGUMENT', `${name} is ${value}`, { help: 'give whole milliseconds' })
}

function checked(name: string, value: number, min: number): number {
  if (typeof value === 'number' && value >= min) return value
  throw new ClientError('INVALID_ARGUMENT', `${name} is ${value}`, { help: `give a number of at least ${min}` })
}
