// A connection that can be used: connected, told what the broker speaks, authenticated, all within one time.

import { NetError } from '../../io/net.ts'
import { errors } from '../../protocol/errors.ts'
import { apiVersions } from '../../protocol/messages/api-versions.ts'
import type { Message } from '../../protocol/wire/schema.ts'
import { brokerError, ClientError } from '../client-error.ts'
import { clientSoftware } from '../client-version.ts'
import type { ClientWorld } from '../client-world.ts'
import { BrokerConnection } from '../connection.ts'
import { orAborted, orLate } from '../resilience/wait.ts'
import { type Address, addressText } from './address.ts'
import type { OfferedVersions } from './api-range.ts'
import type { ClusterSettings } from './cluster-options.ts'
import type { Lane } from './lane.ts'

export interface OpenConnection {
  readonly connection: BrokerConnection
  readonly offered: OfferedVersions
  /** Levels of the cluster's finalized features, by name; empty when the broker does not say (before ApiVersions 3). */
  readonly features: ReadonlyMap<string, number>
}

/**
 * Rejects with BROKER_UNREACHABLE, whose cause says why, with UNTRUSTED, with what the authenticator rejects with, or with the
 * reason of `signal`, which gives up whatever has been opened. `allocate`: the memory of answers.
 */
export async function openConnection(
  address: Address,
  settings: ClusterSettings,
  world: ClientWorld,
  signal: AbortSignal,
  { lane, allocate }: { readonly lane?: Lane; readonly allocate?: ((bytes: number) => Buffer) | undefined } = {},
): Promise<OpenConnection> {
  const { clientId, tls, connectTimeoutMs: timeoutMs } = settings
  const startedMs = world.clock.monotonicMs()
  const options = {
    ...address,
    clientId,
    clock: world.clock,
    timeoutMs,
    signal,
    ...(tls && { tls }),
    ...(lane && { lane }),
    ...(allocate && { allocate }),
  }
  try {
    const connection = await BrokerConnection.open(world.net, options)
    const leftMs = timeoutMs - (world.clock.monotonicMs() - startedMs)
    return await madeReady(connection, settings, world, { leftMs, signal })
  } catch (error) {
    if (signal.aborted) throw signal.reason
    throw asClientError(error, address)
  }
}

/** Closes the connection when it does not become ready in time, or any more. */
async function madeReady(
  connection: BrokerConnection,
  { authenticator, connectTimeoutMs }: ClusterSettings,
  { clock }: ClientWorld,
  { leftMs, signal }: { readonly leftMs: number; readonly signal: AbortSignal },
): Promise<OpenConnection> {
  const ready = async () => {
    const told = await toldBy(connection)
    await authenticator?.authenticate(connection, told.offered)
    return { connection, ...told }
  }
  const late = () => new Error(`it is connected, but was not ready within ${connectTimeoutMs} ms`)
  try {
    return await orLate(clock, orAborted(ready(), signal), leftMs, late)
  } catch (error) {
    connection.close()
    throw error
  }
}

function asClientError(cause: unknown, address: Address): ClientError {
  if (cause instanceof ClientError && !cause.retriable) return cause
  // What ended the connection says more than that it ended.
  const { cause: reason } = cause as Error
  const said = reason instanceof NetError ? reason : (cause as Error)
  const code = said instanceof NetError && said.code === 'UNTRUSTED' ? 'UNTRUSTED' : 'BROKER_UNREACHABLE'
  return new ClientError(code, said.message, { broker: addressText(address), cause })
}

type Answer = Message<typeof apiVersions.response>

async function toldBy(connection: BrokerConnection): Promise<Omit<OpenConnection, 'connection'>> {
  let answer: Answer = await connection.request(apiVersions, apiVersions.versions[1], clientSoftware)
  if (answer.errorCode === errors.UNSUPPORTED_VERSION.code) {
    // The broker said up to where it goes (KIP-511), or, before 2.4, nothing: version 0 is understood by all.
    const theirs = answer.apiKeys.find(({ apiKey }) => apiKey === apiVersions.key)
    const version = Math.min(theirs?.maxVersion ?? 0, apiVersions.versions[1])
    answer = await connection.request(apiVersions, version, clientSoftware)
  }
  if (answer.errorCode !== errors.NONE.code) throw brokerError(answer.errorCode, { broker: connection.address })
  return {
    offered: new Map(answer.apiKeys.map(({ apiKey, minVersion, maxVersion }) => [apiKey, [minVersion, maxVersion]])),
    features: new Map(answer.finalizedFeatures.map(({ name, maxVersionLevel }) => [name, maxVersionLevel])),
  }
}
