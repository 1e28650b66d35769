// A connection that can be used: connected, told what the broker speaks, authenticated, all within one time.

import { errors } from '../../protocol/errors.ts'
import { apiVersions } from '../../protocol/messages/api-versions.ts'
import type { Message } from '../../protocol/wire/schema.ts'
import { brokerError, ClientError } from '../client-error.ts'
import { clientSoftware } from '../client-version.ts'
import type { ClientWorld } from '../client-world.ts'
import { BrokerConnection } from '../connection.ts'
import { type Address, addressText } from './address.ts'
import type { OfferedVersions } from './api-range.ts'
import type { ClusterSettings } from './cluster-options.ts'

export interface OpenConnection {
  readonly connection: BrokerConnection
  readonly offered: OfferedVersions
  /** Levels of the cluster's finalized features, by name; empty when the broker does not say (before ApiVersions 3). */
  readonly features: ReadonlyMap<string, number>
}

/** Rejects with BROKER_UNREACHABLE, whose cause says why, or with what the authenticator rejects with. */
export async function openConnection(
  address: Address,
  settings: ClusterSettings,
  world: ClientWorld,
): Promise<OpenConnection> {
  const { clientId, tls, connectTimeoutMs: timeoutMs, authenticator } = settings
  const deadlineMs = world.clock.monotonicMs() + timeoutMs
  const options = { ...address, clientId, clock: world.clock, timeoutMs, ...(tls && { tls }) }
  let connection: BrokerConnection | undefined
  try {
    connection = await BrokerConnection.open(world.net, options)
    const told = await toldBy(connection, Math.max(1, deadlineMs - world.clock.monotonicMs()))
    await authenticator?.authenticate(connection, told.offered)
    return { connection, ...told }
  } catch (cause) {
    connection?.close()
    if (cause instanceof ClientError && !cause.retriable) throw cause
    throw unreachable(address, cause)
  }
}

function unreachable(address: Address, cause: unknown): ClientError {
  return new ClientError('BROKER_UNREACHABLE', (cause as Error).message, { broker: addressText(address), cause })
}

type Answer = Message<typeof apiVersions.response>

async function toldBy(connection: BrokerConnection, timeoutMs: number): Promise<Omit<OpenConnection, 'connection'>> {
  let answer: Answer = await connection.request(apiVersions, apiVersions.versions[1], clientSoftware, timeoutMs)
  if (answer.errorCode === errors.UNSUPPORTED_VERSION.code) {
    // The broker said up to where it goes (KIP-511), or, before 2.4, nothing: version 0 is understood by all.
    const theirs = answer.apiKeys.find(({ apiKey }) => apiKey === apiVersions.key)
    const version = Math.min(theirs?.maxVersion ?? 0, apiVersions.versions[1])
    answer = await connection.request(apiVersions, version, clientSoftware, timeoutMs)
  }
  if (answer.errorCode !== errors.NONE.code) throw brokerError(answer.errorCode, { broker: connection.address })
  return {
    offered: new Map(answer.apiKeys.map(({ apiKey, minVersion, maxVersion }) => [apiKey, [minVersion, maxVersion]])),
    features: new Map(answer.finalizedFeatures.map(({ name, maxVersionLevel }) => [name, maxVersionLevel])),
  }
}
