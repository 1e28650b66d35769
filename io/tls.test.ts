// Encrypted connections: realNet against a server on node:tls. Whom it trusts, and what it says when it does not.

import { readFileSync } from 'node:fs'
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { createServer, type TlsOptions as ServerOptions } from 'node:tls'
import { afterEach, describe, expect, test } from 'vitest'
import { Peer } from './contract/peer.ts'
import type { TlsOptions } from './net.ts'
import { realClock } from './real-clock.ts'
import { realNet } from './real-net.ts'

const file = (name: string) => readFileSync(join(import.meta.dirname, 'testdata/tls', name))
const ca = file('authority.pem')
const pair = (name: string) => ({ cert: file(`${name}.pem`), key: file(`${name}.key`) })

const servers: Server[] = []
const sockets = new Set<Socket>()
afterEach(() => {
  for (const socket of sockets) socket.destroy()
  for (const server of servers.splice(0)) server.close()
  sockets.clear()
})

async function listening(server: Server): Promise<number> {
  servers.push(server)
  server.on('connection', (socket: Socket) => sockets.add(socket))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

/** A server that sends back what it is sent. */
function echo(options: ServerOptions): Promise<number> {
  const server = createServer(options, socket => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.pipe(socket)
  })
  server.on('tlsClientError', () => {})
  return listening(server)
}

const connect = (port: number, tls: TlsOptions, host = '127.0.0.1') =>
  realNet().connect({ host, port, tls, timeoutMs: 5000 })

describe('an encrypted connection', () => {
  test.each(['127.0.0.1', 'localhost'])('to %s carries bytes both ways, unchanged', async host => {
    const port = await echo(pair('server'))
    const peer = new Peer(await connect(port, { ca }, host), realClock())
    const bytes = Buffer.from(Array.from({ length: 3_000_000 }, (_, index) => (index * 7) % 256))
    peer.connection.send([bytes.subarray(0, 1000), bytes.subarray(1000)])
    expect((await peer.receives(bytes.length)).equals(bytes)).toBe(true)
    peer.connection.destroy()
    await peer.closed
  })

  test('receives into the listener’s memory or not, each byte once', async () => {
    const port = await echo(pair('server'))
    const peer = new Peer(await connect(port, { ca }), realClock())
    peer.roomBytes = () => (peer.pieces % 2 === 0 ? 5000 : 0)
    const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 11) % 256))
    peer.connection.send([bytes])
    expect((await peer.receives(bytes.length)).equals(bytes)).toBe(true)
    peer.connection.destroy()
  })

  test('ends in good order: what was sent before arrives', async () => {
    const port = await echo(pair('server'))
    const peer = new Peer(await connect(port, { ca }), realClock())
    peer.connection.send([Buffer.alloc(500_000, 1)])
    await peer.receives(500_000)
    peer.connection.end()
    expect(await peer.closed).toBeUndefined()
  })

  test('by another name than the host’s, where that is the certificate’s', async () => {
    const port = await echo(pair('elsewhere'))
    const connection = await connect(port, { ca, servername: 'elsewhere.test' })
    connection.destroy()
  })

  test('with the client’s own certificate, where the server asks for one', async () => {
    const port = await echo({ ...pair('server'), ca, requestCert: true, rejectUnauthorized: true })
    const peer = new Peer(await connect(port, { ca, ...pair('client') }), realClock())
    peer.connection.send([Buffer.from('it is me')])
    expect(String(await peer.receives(8))).toBe('it is me')
    peer.connection.destroy()
  })

  test('not looked at when told so', async () => {
    const port = await echo(pair('expired'))
    const connection = await connect(port, { rejectUnauthorized: false })
    connection.destroy()
  })
})

describe('a server that is not trusted', () => {
  test.each([
    ['an unknown authority', 'server', {}, 'unable to verify the first certificate'],
    ['another name', 'elsewhere', { ca }, 'not in the cert'],
    [
      'another name, which was asked for',
      'server',
      { ca, servername: 'elsewhere.test' },
      'elsewhere.test. is not in the cert',
    ],
    ['its time is over', 'expired', { ca }, 'certificate has expired'],
  ] as const)('%s: UNTRUSTED, with where, why and what to look at', async (_, name, tls, why) => {
    const port = await echo(pair(name))
    const error = await connect(port, tls).catch(reason => reason)
    expect(error).toMatchObject({ name: 'NetError', code: 'UNTRUSTED' })
    expect(error.message).toContain(`cannot connect to 127.0.0.1:${port}: no trust in the other side`)
    expect(error.message).toContain('see ca, servername, cert and key')
    expect(error.message).toContain(why)
  })

  test('that does not speak TLS: UNTRUSTED as well, since it may be anybody', async () => {
    const server = createTcpServer(socket => socket.end('SSH-2.0-OpenSSH_9.6\r\n'))
    const port = await listening(server)
    expect(await connect(port, { ca }).catch(reason => reason)).toMatchObject({ code: 'UNTRUSTED' })
  })

  test('that says nothing: unreachable when the time is over', async () => {
    const port = await listening(createTcpServer(() => {}))
    const silent = realNet().connect({ host: '127.0.0.1', port, tls: { ca }, timeoutMs: 100 })
    await expect(silent).rejects.toMatchObject({ code: 'UNREACHABLE' })
  })

  test('or that does not trust us: with TLS 1.3 it says so on the connection', async () => {
    const port = await echo({ ...pair('server'), ca, requestCert: true, rejectUnauthorized: true })
    const peer = new Peer(await connect(port, { ca }), realClock())
    peer.connection.send([Buffer.from('it is me')])
    expect(await peer.closed).toMatchObject({ name: 'NetError', code: 'UNTRUSTED' })
    expect(String(await peer.closed)).toMatch(/refused by the other side: .*certificate required/)
  })

  test('that hangs up in the handshake: said as such, and worth another attempt', async () => {
    const port = await listening(createTcpServer(socket => socket.on('data', () => socket.destroy())))
    expect(await connect(port, { ca }).catch(reason => reason)).toMatchObject({ code: 'RESET' })
  })

  test('a handshake is given up when told so', async () => {
    const port = await listening(createTcpServer(() => {}))
    const giving = new AbortController()
    const given = realNet().connect({ host: '127.0.0.1', port, tls: { ca }, signal: giving.signal })
    setImmediate(() => giving.abort(new Error('enough')))
    await expect(given).rejects.toThrow('enough')
  })
})
