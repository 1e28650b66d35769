// `millrace registry`: an instance of the schema registry that runs until it is told to stop.

import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { clientWorld } from '../../client/real-client-world.ts'
import { type Credentials, CredentialsError, readCredentials } from '../../schema-registry/credentials.ts'
import { RegistryInstance, type RegistryInstanceOptions } from '../../schema-registry/instance.ts'
import { parseDuration } from '../arguments/duration.ts'
import { parseWhole } from '../arguments/settings.ts'
import { type HttpAddress, listenAddress } from '../http/http-address.ts'
import { logLevel, stderrLogger } from '../logger.ts'
import { Failure, usage } from '../terminal/failure.ts'
import type { Session } from '../terminal/session.ts'
import { version } from '../version.ts'
import { explainRegistry } from './explain-registry.ts'

export interface RegistryFlags {
  readonly listen: string
  readonly advertise?: string
  readonly group: string
  readonly topic: string
  readonly replication: string
  readonly sessionTimeout: string
  readonly neverLead?: boolean
  readonly credentials?: string
  readonly httpsKey?: string
  readonly httpsCert?: string
}

/** A leader beats so many times within its session. */
const heartbeatsPerSession = 3

export async function registry(session: Session, flags: RegistryFlags): Promise<void> {
  const options = optionsOf(session, flags)
  await session.checkReachable()
  const instance = await RegistryInstance.start(options).catch(error => {
    throw explainRegistry(error, '--listen')
  })
  try {
    const { url, appliedOffset } = instance
    const seconds = process.uptime().toFixed(2)
    const records = `${flags.topic} read to offset ${appliedOffset}`
    session.tell(
      `ready  registry ${url}  ${records}  (${seconds} s)\n       try: curl ${url}/subjects    stop: Ctrl-C`,
      { url, topic: flags.topic, appliedOffset: Number(appliedOffset) },
    )
    await raised(session.signal)
  } finally {
    await instance.close()
  }
}

function optionsOf(session: Session, flags: RegistryFlags): RegistryInstanceOptions {
  const sessionTimeoutMs = Math.round(parseDuration(flags.sessionTimeout, '--session-timeout'))
  const listen = addressOf(flags.listen)
  const credentials = credentialsIn(flags.credentials)
  const tls = tlsOf(flags)
  return {
    cluster: { ...session.clusterOptions, clientId: 'millrace-registry' },
    world: clientWorld({ logger: stderrLogger(logLevel('warn')) }),
    version: version(),
    listen,
    advertise: advertised(flags, listen),
    ...(tls && { tls }),
    ...(credentials && { credentials }),
    election: 'group',
    isEligible: !flags.neverLead,
    log: { topic: flags.topic, replicationFactor: parseWhole(flags.replication, '--replication', 1) },
    elector: {
      groupId: flags.group,
      sessionTimeoutMs,
      heartbeatIntervalMs: Math.round(sessionTimeoutMs / heartbeatsPerSession),
    },
    onLeadership: ({ isLeader, leaderUrl }) => {
      const text = isLeader ? 'this instance leads' : `the leader is ${leaderUrl ?? 'not known at present'}`
      session.tell(text, { leads: isLeader, leaderUrl: leaderUrl ?? null })
    },
  }
}

function addressOf(text: string): HttpAddress {
  const address = listenAddress(text)
  if (address !== undefined) return address
  throw usage(`--listen ${text}: give a port, with a host before it where others may ask: --listen 0.0.0.0:8081`)
}

/** All others reach is told: a wildcard is no address. */
function advertised({ advertise }: RegistryFlags, { host }: HttpAddress): { host: string; port?: number } {
  if (advertise === undefined) return { host: ['0.0.0.0', '::'].includes(host) ? hostname() : host }
  const [, bracketed, name, digits] = /^(?:\[([^\]]+)\]|([^:/[\]\s]+))(?::(\d{1,5}))?$/.exec(advertise) ?? []
  const told = bracketed ?? name
  if (told === undefined) throw usage(`--advertise ${advertise}: give a host, or host:port, such as registry-1:8081`)
  return { host: told, ...(digits !== undefined && { port: Number(digits) }) }
}

function tlsOf({ httpsKey, httpsCert }: RegistryFlags): { key: string; cert: string } | undefined {
  if (httpsKey === undefined && httpsCert === undefined) return undefined
  if (httpsKey === undefined || httpsCert === undefined) throw usage('HTTPS needs both --https-key and --https-cert')
  return { key: read(httpsKey, '--https-key'), cert: read(httpsCert, '--https-cert') }
}

function credentialsIn(path: string | undefined): Credentials | undefined {
  if (path === undefined) return undefined
  try {
    return readCredentials(read(path, '--credentials'))
  } catch (error) {
    throw error instanceof CredentialsError ? new Failure(`${path}: ${error.message}`) : error
  }
}

function read(path: string, option: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw usage(`${option} ${path}: ${(error as Error).message}`)
  }
}

function raised(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
