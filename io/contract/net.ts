// What every Net promises, whether it is the machine's or simulated: one test per clause of io/net.ts.

import { describe, expect, test } from 'vitest'
import type { Clock } from '../clock.ts'
import type { Disk, DiskFile } from '../disk.ts'
import type { Connection, Listener, Net } from '../net.ts'
import type { Bench } from './bench.ts'
import { Peer } from './peer.ts'

export interface NetBench extends Bench {
  readonly net: Net
  readonly clock: Clock
  readonly host: string
  /** Files to send from; exists and is empty. */
  readonly disk: Disk
  readonly directory: string
}

interface Pair {
  readonly bench: NetBench
  readonly client: Peer
  readonly server: Peer
  readonly listener: Listener
}

export function netContract(name: string, make: () => Promise<NetBench>): void {
  const check: Check = (what, body) =>
    test(what, async () => {
      const bench = await make()
      try {
        await bench.run(() => body(bench))
      } finally {
        await bench.close()
      }
    })
  const checkPair: CheckPair = (what, body) =>
    check(what, async bench => {
      const pair = await connectPair(bench)
      await body(pair)
      for (const peer of [pair.client, pair.server]) peer.connection.destroy()
      await Promise.all([pair.client.closed, pair.server.closed, pair.listener.close()])
    })
  describe(`${name}: addresses`, () => addressClauses(check, checkPair))
  describe(`${name}: sending`, () => sendingClauses(checkPair))
  describe(`${name}: files`, () => fileClauses(checkPair))
  describe(`${name}: holding back`, () => pressureClauses(checkPair))
  describe(`${name}: ending`, () => endingClauses(checkPair))
  describe(`${name}: closing at once`, () => destroyClauses(checkPair))
}

type Check = (what: string, body: (bench: NetBench) => Promise<void>) => void
type CheckPair = (what: string, body: (pair: Pair) => Promise<void>) => void

async function connectPair(bench: NetBench): Promise<Pair> {
  let accepted: (peer: Peer) => void
  const server = new Promise<Peer>(resolve => {
    accepted = resolve
  })
  const accept = (connection: Connection) => accepted(new Peer(connection, bench.clock))
  const listener = await bench.net.listen({ host: bench.host, port: 0 }, accept)
  const client = new Peer(await bench.net.connect({ host: bench.host, port: listener.port }), bench.clock)
  return { bench, client, server: await server, listener }
}

function addressClauses(check: Check, checkPair: CheckPair): void {
  check('port 0 takes a free one', async ({ net, host }) => {
    const first = await net.listen({ host, port: 0 }, () => {})
    const second = await net.listen({ host, port: 0 }, () => {})
    expect(first.host).toBe(host)
    expect(first.port).toBeGreaterThan(0)
    expect(second.port).not.toBe(first.port)
    await Promise.all([first.close(), second.close()])
  })
  check('a port in use is refused by name, and free again when closed', async ({ net, host }) => {
    const { port, close } = await net.listen({ host, port: 0 }, () => {})
    const again = net.listen({ host, port }, () => {})
    await expect(again).rejects.toMatchObject({ name: 'NetError', code: 'ADDRESS_IN_USE' })
    await expect(again).rejects.toThrow(`cannot listen on ${host}:${port}: the port is in use`)
    await close()
    await close()
    await (await net.listen({ host, port }, () => {})).close()
  })
  check('an address of somebody else cannot be listened on', async ({ net }) => {
    const refused = net.listen({ host: '192.0.2.1', port: 1 }, () => {})
    await expect(refused).rejects.toMatchObject({ name: 'NetError', code: 'FAILED' })
    await expect(refused).rejects.toThrow('192.0.2.1:1')
  })
  check('connecting where nobody listens is refused', async ({ net, host }) => {
    const { port, close } = await net.listen({ host, port: 0 }, () => {})
    await close()
    const refused = net.connect({ host, port })
    await expect(refused).rejects.toMatchObject({ name: 'NetError', code: 'REFUSED' })
    await expect(refused).rejects.toThrow(`cannot connect to ${host}:${port}: nobody listens there`)
  })
  check('no host is all addresses', async ({ net, host }) => {
    const listener = await net.listen({ host: '', port: 0 }, connection => connection.destroy())
    const connection = await net.connect({ host, port: listener.port })
    connection.destroy()
    await listener.close()
  })
  check('connecting to who is not there fails, at the latest when the time is over', async ({ net }) => {
    const unreachable = net.connect({ host: 'nobody.invalid', port: 1, timeoutMs: 200 })
    await expect(unreachable).rejects.toMatchObject({ name: 'NetError', code: 'UNREACHABLE' })
    await expect(unreachable).rejects.toThrow('cannot connect to nobody.invalid:1')
  })
  check('who is told to give up does, also before it begins', async ({ net, host, clock }) => {
    const accepted: Peer[] = []
    const listener = await net.listen({ host, port: 0 }, connection => accepted.push(new Peer(connection, clock)))
    const giving = new AbortController()
    const given = net.connect({ host, port: listener.port, signal: giving.signal })
    giving.abort(new Error('not any more'))
    await expect(given).rejects.toThrow('not any more')
    await expect(net.connect({ host, port: listener.port, signal: giving.signal })).rejects.toThrow('not any more')
    // Once connected the signal has no meaning.
    const late = new AbortController()
    const client = new Peer(await net.connect({ host, port: listener.port, signal: late.signal }), clock)
    late.abort()
    client.connection.send([Buffer.from('still there')])
    await client.until(() => accepted.some(({ received }) => received === 11))
    // What the other side had accepted of the attempt given up has ended.
    await client.until(() => accepted.every(({ ended, isClosed, received }) => ended || isClosed || received > 0))
    for (const { connection } of [client, ...accepted]) connection.destroy()
    await listener.close()
  })
  checkPair('both ends know both addresses', async ({ client, server, listener }) => {
    expect(client.connection.remotePort).toBe(listener.port)
    expect(client.connection.localPort).toBe(server.connection.remotePort)
    expect(server.connection.localPort).toBe(listener.port)
    expect(server.connection.localHost).toBe(client.connection.remoteHost)
    expect(server.connection.remoteHost).toBe(client.connection.localHost)
  })
  checkPair('a listener that closes leaves its connections', async ({ bench, client, server, listener }) => {
    await listener.close()
    await expect(bench.net.connect({ host: bench.host, port: listener.port })).rejects.toMatchObject({
      code: 'REFUSED',
    })
    client.connection.send([Buffer.from('still there')])
    await server.receives(11)
  })
  checkPair('a connection has one listener', async ({ client }) => {
    expect(() => client.connection.listen({ data() {}, drain() {}, end() {}, close() {} })).toThrow('one listener')
  })
}

function sendingClauses(checkPair: CheckPair): void {
  checkPair('bytes arrive in the order of send, in both directions', async ({ client, server }) => {
    for (let index = 0; index < 500; index++) client.connection.send([Buffer.from(`${index},`), Buffer.from(';')])
    server.connection.send([Buffer.from('meanwhile')])
    const expected = Array.from({ length: 500 }, (_, index) => `${index},;`).join('')
    expect(String(await server.receives(expected.length))).toBe(expected)
    expect(String(await client.receives(9))).toBe('meanwhile')
  })
  checkPair('nothing, and empty parts, can be sent too, in order', async ({ client, server }) => {
    const order: string[] = []
    client.connection.send([], () => order.push('nothing'))
    client.connection.send([Buffer.alloc(0)], () => order.push('empty'))
    client.connection.send([Buffer.from('a'), Buffer.alloc(0), Buffer.from('b')], () => order.push('some'))
    client.connection.send([], () => order.push('end'))
    expect(String(await server.receives(2))).toBe('ab')
    await client.until(() => order.length === 4)
    expect(order).toEqual(['nothing', 'empty', 'some', 'end'])
  })
  checkPair('megabytes arrive unchanged', async ({ client, server }) => {
    const sent = Buffer.alloc(5_000_003, 'some more bytes than fit anywhere at once')
    client.connection.send([sent.subarray(0, 1_000_000), sent.subarray(1_000_000)])
    expect((await server.receives(sent.length)).equals(sent)).toBe(true)
  })
  checkPair(
    'what is pending is counted until it is taken; done is called once, in order',
    async ({ client, server }) => {
      const done: number[] = []
      const { connection } = client
      expect(connection.pendingBytes).toBe(0)
      connection.send([Buffer.alloc(10), Buffer.alloc(5)], () => done.push(connection.pendingBytes))
      connection.send([Buffer.alloc(7)], () => done.push(connection.pendingBytes))
      expect(connection.pendingBytes).toBe(22)
      await server.receives(22)
      await client.until(() => done.length === 2)
      expect(done[1]).toBe(0)
      expect(connection.pendingBytes).toBe(0)
    },
  )
  checkPair('the received buffer belongs to the receiver', async ({ client, server }) => {
    client.connection.send([Buffer.from('first')])
    const first = await server.receives(5)
    first.fill(0)
    client.connection.send([Buffer.from('second')])
    expect(String((await server.receives(11)).subarray(5))).toBe('second')
  })
}

function fileClauses(checkPair: CheckPair): void {
  checkPair('ranges of files arrive between bytes, in order', async ({ bench, client, server }) => {
    const content = Buffer.from(Array.from({ length: 1_500_000 }, (_, index) => index % 251))
    const file = await fileOf(bench, 'a', content)
    client.connection.send([Buffer.from('<'), { file, position: 3, length: 1_400_000 }, Buffer.from('>')])
    client.connection.send([
      { file, position: 0, length: 0 },
      { file, position: 7, length: 2 },
    ])
    client.connection.send([Buffer.from('end')])
    const whole = [
      Buffer.from('<'),
      content.subarray(3, 1_400_003),
      Buffer.from('>'),
      content.subarray(7, 9),
      Buffer.from('end'),
    ]
    const expected = Buffer.concat(whole)
    expect(client.connection.pendingBytes).toBe(expected.length)
    expect((await server.receives(expected.length)).equals(expected)).toBe(true)
    await client.until(() => client.connection.pendingBytes === 0)
    await file.close()
  })
  checkPair(
    'a file that is closed and removed meanwhile is sent all the same, and let go then',
    async ({ bench, client, server }) => {
      const content = Buffer.alloc(1_000_000, 'content')
      const file = await fileOf(bench, 'a', content)
      let done = 0
      client.connection.send([{ file, position: 0, length: content.length }], () => {
        done += 1
      })
      await file.close()
      await bench.disk.remove(file.path)
      expect((await server.receives(content.length)).equals(content)).toBe(true)
      await client.until(() => done > 0)
      expect(() => file.retain()).toThrow('closed')
      expect(done).toBe(1)
    },
  )
  checkPair('a closed file cannot be sent, and nothing of that send is', async ({ bench, client, server }) => {
    const [open, closed] = [
      await fileOf(bench, 'a', Buffer.from('open')),
      await fileOf(bench, 'b', Buffer.from('closed')),
    ]
    await closed.close()
    const parts = [
      Buffer.from('bytes'),
      { file: open, position: 0, length: 4 },
      { file: closed, position: 0, length: 6 },
    ]
    expect(() => client.connection.send(parts)).toThrow('closed')
    expect(client.connection.pendingBytes).toBe(0)
    await open.close()
    expect(() => open.retain()).toThrow('closed')
    client.connection.send([Buffer.from('next')])
    expect(String(await server.receives(4))).toBe('next')
  })
  checkPair('a file that is shorter than promised destroys the connection', async ({ bench, client, server }) => {
    const file = await fileOf(bench, 'a', Buffer.alloc(600_000, 1))
    let done = 0
    client.connection.send([Buffer.from('header'), { file, position: 0, length: 700_000 }], () => {
      done += 1
    })
    const error = await client.closed
    expect(error).toMatchObject({ name: 'NetError', code: 'FAILED' })
    expect(error?.message).toContain(`${file.path} ends before 700000`)
    expect(error?.cause).toMatchObject({ name: 'DiskError', code: 'TOO_SHORT', path: file.path })
    expect(done).toBe(1)
    await server.until(() => server.ended || server.isClosed)
    await file.close()
  })
}

function pressureClauses(checkPair: CheckPair): void {
  checkPair(
    'who does not read is not sent more; send says so, and drain says when it is over',
    async ({ client, server }) => {
      server.connection.pause()
      const { connection } = client
      let sent = 0
      while (connection.send([Buffer.alloc(500_000, 7)])) sent += 500_000
      sent += 500_000
      // The operating systems on the way take some of it, but not all of many megabytes.
      for (let count = 0; count < 40; count++, sent += 500_000) connection.send([Buffer.alloc(500_000, 7)])
      await client.idle()
      expect(connection.pendingBytes).toBeGreaterThan(1_000_000)
      expect(client.drains).toBe(0)
      server.connection.resume()
      await server.receives(sent)
      await client.until(() => client.drains > 0)
      expect(client.drains).toBe(1)
      expect(connection.pendingBytes).toBe(0)
      expect(connection.send([Buffer.from('x')])).toBe(true)
    },
  )
  checkPair('files are read only as far ahead as they can leave', async ({ bench, client, server }) => {
    const length = 40_000_000
    const file = await fileOf(bench, 'a', Buffer.alloc(length, 'content'))
    let readBytes = 0
    const counted: DiskFile = Object.assign(Object.create(file), {
      retain: () => file.retain(),
      read: (position: number, count: number) => {
        readBytes += count
        return file.read(position, count)
      },
    })
    server.connection.pause()
    client.connection.send([{ file: counted, position: 0, length }])
    await client.until(() => readBytes > 0)
    await client.idle()
    // The operating systems on the way take some megabytes.
    expect(readBytes).toBeLessThan(20_000_000)
    server.connection.resume()
    await server.receives(length)
    expect(readBytes).toBe(length)
    await file.close()
  })
  checkPair('no data between pause and resume', async ({ client, server }) => {
    server.connection.pause()
    client.connection.send([Buffer.from('abc')])
    await client.idle()
    expect(server.received).toBe(0)
    server.connection.resume()
    expect(String(await server.receives(3))).toBe('abc')
  })
  checkPair('each byte comes once and in order, into memory of the listener or not', async ({ client, server }) => {
    let reads = 0
    server.roomBytes = () => [0, 1, 4096, 100_000][++reads % 4]!
    const content = Buffer.from(Array.from({ length: 1_000_000 }, (_, index) => index % 251))
    client.connection.send([content])
    expect((await server.receives(content.length)).equals(content)).toBe(true)
  })
  checkPair('who pauses with its memory filled gets nothing more', async ({ client, server }) => {
    server.roomBytes = () => 5
    server.onPiece = () => server.connection.pause()
    client.connection.send([Buffer.from('0123456789abc')])
    await server.receives(1)
    await server.idle()
    expect(server.pieces).toBe(1)
    server.onPiece = () => {}
    server.connection.resume()
    expect(String(await server.receives(13))).toBe('0123456789abc')
  })
  checkPair('who closes with its memory filled gets nothing more', async ({ client, server }) => {
    server.roomBytes = () => 5
    server.onPiece = () => server.connection.destroy()
    client.connection.send([Buffer.from('0123456789')])
    await server.closed
    expect(server.pieces).toBe(1)
  })
}

function endingClauses(checkPair: CheckPair): void {
  checkPair(
    'end lets everything out first; the other side can still answer what it has read',
    async ({ client, server }) => {
      const sent = Buffer.alloc(3_000_000, 3)
      let done = false
      client.connection.send([sent], () => {
        done = true
      })
      client.connection.end()
      await server.until(() => server.ended)
      expect(server.received).toBe(sent.length)
      expect(done).toBe(true)
      expect(server.isClosed).toBe(false)
      server.connection.end()
      expect(await server.closed).toBeUndefined()
      expect(await client.closed).toBeUndefined()
      expect([client.ended, server.ended]).toEqual([false, true])
    },
  )
  checkPair('end loses nothing of ours while the other side is still sending to us', async ({ client, server }) => {
    client.connection.pause()
    server.connection.send([Buffer.alloc(300_000, 9)])
    await client.idle()
    client.connection.send([Buffer.alloc(3_000_000, 3)])
    server.connection.pause()
    client.connection.end()
    await server.idle()
    server.connection.resume()
    await server.until(() => server.ended || server.isClosed)
    expect([server.received, server.isClosed, client.received]).toEqual([3_000_000, false, 0])
    server.connection.end()
    expect(await server.closed).toBeUndefined()
    expect(await client.closed).toBeUndefined()
  })
  checkPair('after the other side has ended, sending goes on until one ends as well', async ({ client, server }) => {
    // The client's end of the contract: it does not look at what comes after its own end.
    client.connection.end()
    await server.until(() => server.ended)
    let done = false
    server.connection.send([Buffer.from('late answer')], () => {
      done = true
    })
    await server.until(() => done)
    server.connection.end()
    expect(await server.closed).toBeUndefined()
    await client.closed
    expect(client.received).toBe(0)
  })
}

function destroyClauses(checkPair: CheckPair): void {
  checkPair('destroy closes now: done is called, close once, and nothing after it', async ({ client, server }) => {
    server.connection.pause()
    const done: string[] = []
    client.connection.send([Buffer.alloc(30_000_000)], () => done.push(`before close: ${!client.isClosed}`))
    client.connection.destroy()
    client.connection.destroy()
    expect(await client.closed).toBeUndefined()
    expect(done).toEqual(['before close: true'])
    expect(client.connection.pendingBytes).toBe(0)
    expect(client.connection.send([Buffer.from('x')], () => done.push('sent after close'))).toBe(true)
    await client.until(() => done.length === 2)
    client.connection.end()
    server.connection.resume()
    await server.until(() => server.ended || server.isClosed)
    expect(client.closes).toBe(1)
  })
  checkPair('after end the other side is waited for, but not for ever', async ({ client, server }) => {
    client.connection.end()
    expect(await client.closed).toBeUndefined()
    await server.idle()
    expect([server.ended, server.isClosed]).toEqual([true, false])
  })
  checkPair('what is sent after end is dropped, and done is called', async ({ client, server }) => {
    client.connection.send([Buffer.from('before')])
    client.connection.end()
    let done = 0
    client.connection.send([Buffer.from('after')], () => {
      done += 1
    })
    await client.until(() => done === 1)
    await server.until(() => server.ended)
    expect(String(server.bytes())).toBe('before')
  })
  checkPair('sending to who has destroyed its end fails', async ({ client, server }) => {
    client.connection.send([Buffer.from('never read')])
    await client.idle()
    server.connection.destroy()
    await server.closed
    const again = () => {
      if (!client.isClosed) client.connection.send([Buffer.alloc(1000)], again)
    }
    again()
    expect(await client.closed).toMatchObject({ name: 'NetError', code: 'RESET' })
  })
}

async function fileOf({ disk, directory }: NetBench, name: string, content: Buffer): Promise<DiskFile> {
  const file = await disk.open(`${directory}/${name}`, 'create')
  await file.write([content], 0)
  return file
}
