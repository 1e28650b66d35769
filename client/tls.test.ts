// The client over TLS, to our own broker behind a server that does the encryption for it.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { type AddressInfo, connect as connectTcp, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer, type Server, type TlsOptions as ServerOptions } from 'node:tls'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { Broker } from '../broker/broker.ts'
import { brokerConfig } from '../broker/config/broker-config.ts'
import { developmentProfile } from '../broker/config/development-profile.ts'
import type { TlsOptions } from '../io/net.ts'
import { realWorld } from '../io/real-world.ts'
import { metadata } from '../protocol/messages/metadata.ts'
import { repositoryPath } from '../testing/repository-path.ts'
import { Cluster } from './cluster/cluster.ts'
import { clientWorld } from './real-client-world.ts'

const file = (name: string) => readFileSync(repositoryPath(`io/testdata/tls/${name}`))
const ca = file('authority.pem')
const pair = (name: string) => ({ cert: file(`${name}.pem`), key: file(`${name}.key`) })

/** By the certificate they show: the port of each. */
const ports: Record<string, number> = {}
const servers: Server[] = []
const sockets = new Set<Socket>()
const clusters: Cluster[] = []
let directory: string
let broker: Broker

async function encrypted(name: string, options: ServerOptions): Promise<void> {
  const server = createServer(options, socket => {
    const plain = connectTcp(broker.port, '127.0.0.1')
    for (const each of [socket, plain]) {
      sockets.add(each)
      each.on('error', () => {})
    }
    socket.pipe(plain)
    plain.pipe(socket)
  })
  server.on('tlsClientError', () => {})
  servers.push(server)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  ports[name] = (server.address() as AddressInfo).port
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'millrace-tls-'))
  for (const name of ['server', 'elsewhere', 'expired']) await encrypted(name, pair(name))
  await encrypted('asking', { ...pair('server'), ca, requestCert: true, rejectUnauthorized: true })
  const config = brokerConfig({
    profile: developmentProfile({ port: 0, dataDir: join(directory, 'data') }),
    properties: new Map([['advertised.listeners', `PLAINTEXT://localhost:${ports.server}`]]),
  })
  broker = await Broker.start({ world: realWorld(), config })
})
afterEach(() => {
  for (const cluster of clusters.splice(0)) cluster.close()
})
afterAll(async () => {
  for (const socket of sockets) socket.destroy()
  for (const server of servers) server.close()
  await broker.stop()
  rmSync(directory, { recursive: true, force: true })
})

function clusterAt(name: string, tls: TlsOptions | boolean, host = '127.0.0.1'): Cluster {
  const cluster = new Cluster({ bootstrap: `${host}:${ports[name]}`, tls }, clientWorld())
  clusters.push(cluster)
  return cluster
}

describe('a cluster behind TLS', () => {
  test('is spoken to as any other, by the addresses it advertises', async () => {
    const cluster = clusterAt('server', { ca })
    const { brokers } = await cluster.refresh()
    expect([...brokers.values()]).toMatchObject([{ host: 'localhost', port: ports.server }])
    const answer = await cluster.broker([...brokers.values()][0]!).request(metadata, { topics: [] })
    expect(answer.clusterId).toBe(broker.clusterId)
  })

  test('that asks for a certificate is given one', async () => {
    const cluster = clusterAt('asking', { ca, ...pair('client') })
    expect((await cluster.refresh()).clusterId).toBe(broker.clusterId)
  })

  test.each([
    ['an unknown authority', 'server', true, 'unable to verify the first certificate'],
    ['another name', 'elsewhere', { ca }, 'not in the cert'],
    ['its time is over', 'expired', { ca }, 'certificate has expired'],
    ['it wants a certificate of ours', 'asking', { ca }, 'certificate required'],
  ] as const)('%s: told at once, not after all attempts, with what to set', async (_, name, tls, why) => {
    const cluster = clusterAt(name, tls)
    const found = cluster.until(image => image.brokers.get(1), { what: 'find it', timeoutMs: 60_000 })
    const error = await found.catch(reason => reason)
    expect(error).toMatchObject({ code: 'UNTRUSTED', retriable: false, broker: `127.0.0.1:${ports[name]}` })
    expect(error.message).toContain(why)
    expect(error.message).toContain('tls.ca')
  })

  test('TLS to a listener without, and none to a listener with: not taken for a broker that is down', async () => {
    ports.plain = broker.port
    const failed = async (cluster: Cluster) => (await cluster.refresh().catch(reason => reason)) as Error
    expect((await failed(clusterAt('plain', { ca }))).message).toContain('TLS')
    const plain = await failed(clusterAt('server', false))
    expect(plain).toMatchObject({ code: 'NO_BROKER_AVAILABLE' })
    expect(plain.message).not.toContain('nobody listens')
  })
})
