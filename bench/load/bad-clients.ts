// Clients that a broker must bear: idle ones in great number, and those that hold what they were given. All of them are bare
// sockets, because no client library behaves so. Each resolves with a function that ends it.

import { connect, type Socket } from 'node:net'
import { writeRequestFrame } from '../../protocol/framing.ts'
import { fetch } from '../../protocol/messages/fetch.ts'

export interface Aim {
  readonly port: number
  /** A topic of one partition with much in it, for those who fetch. */
  readonly topic: string
}

export type BadClient = (aim: Aim) => Promise<() => void>

const host = '127.0.0.1'
const answerBytesMax = 50 * 1024 * 1024
const slowBytesPerSecond = 64 * 1024
const unreadRequests = 1000
const slowLorises = 10
/** socket.request.max.bytes, the largest request that either broker takes. */
const claimedBytes = 104_857_600
const claimedBytesPerSecond = 1024
/** Length 14, ApiVersions, version 0, correlation id 7, client id "wait". */
const apiVersions = Buffer.from('0000000e00120000000000070004776169' + '74', 'hex')

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port }, () => {
      // A broker may well end such a connection; that is its answer, and no failure of the bench.
      socket.on('error', () => {})
      resolve(socket)
    }).once('error', reject)
  })
}

/** Does something every second until it is told to stop. */
function everySecond(act: () => void): () => void {
  const timer = setInterval(act, 1000)
  return () => clearInterval(timer)
}

function fetchFrame(topic: string, correlationId: number): Buffer {
  const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: answerBytesMax }]
  const body = { maxWaitMs: 500, minBytes: 1, maxBytes: answerBytesMax, isolationLevel: 0, topics: [{ topic, partitions }] } // biome-ignore format: one thought
  return Buffer.concat(writeRequestFrame(fetch, 4, { correlationId, clientId: 'slow' }, body) as Buffer[])
}

/** Connections that have said hello and say nothing more. */
export async function idleConnections(port: number, count: number): Promise<() => void> {
  const sockets: Socket[] = []
  for (let i = 0; i < count; i++) {
    const socket = await open(port)
    sockets.push(socket)
    await new Promise((resolve, reject) => {
      socket.once('data', resolve).once('close', () => reject(new Error(`connection ${i} of ${count} was closed`)))
      socket.write(apiVersions)
    })
  }
  return () => {
    for (const socket of sockets) socket.destroy()
  }
}

/** Asks for 50 MiB again and again, and reads 64 KiB of it a second. */
const slowConsumer: BadClient = async ({ port, topic }) => {
  const socket = await open(port)
  socket.pause()
  let correlationId = 0
  const stop = everySecond(() => {
    if (socket.writableLength === 0 && correlationId < unreadRequests) socket.write(fetchFrame(topic, ++correlationId))
    socket.read(slowBytesPerSecond)
  })
  return () => {
    stop()
    socket.destroy()
  }
}

/** A thousand fetches, and never a look at the answers. */
const neverReads: BadClient = async ({ port, topic }) => {
  const socket = await open(port)
  socket.pause()
  for (let i = 1; i <= unreadRequests; i++) socket.write(fetchFrame(topic, i))
  return () => socket.destroy()
}

/** Headers that arrive by one byte a second. */
const slowLoris: BadClient = async ({ port }) => {
  const sockets = await Promise.all(Array.from({ length: slowLorises }, () => open(port)))
  let sent = 0
  const stop = everySecond(() => {
    for (const socket of sockets) if (socket.writable) socket.write(apiVersions.subarray(sent, sent + 1))
    sent = (sent + 1) % apiVersions.length
  })
  return () => {
    stop()
    for (const socket of sockets) socket.destroy()
  }
}

/** Says that a request of 100 MiB comes, and then sends 1 KiB of it a second. */
const hugeClaim: BadClient = async ({ port }) => {
  const socket = await open(port)
  const size = Buffer.alloc(4)
  size.writeInt32BE(claimedBytes)
  socket.write(size)
  socket.write(apiVersions.subarray(4))
  const stop = everySecond(() => {
    if (socket.writable) socket.write(Buffer.alloc(claimedBytesPerSecond))
  })
  return () => {
    stop()
    socket.destroy()
  }
}

export const badClients: Readonly<Record<string, BadClient>> = {
  'a slow consumer': slowConsumer,
  'a client that never reads': neverReads,
  'ten slow-loris headers': slowLoris,
  'a claim of 100 MB': hugeClaim,
}

/** All of them at once. */
export const allBadClients: BadClient = async aim => {
  const ends = await Promise.all(Object.values(badClients).map(client => client(aim)))
  return () => {
    for (const end of ends) end()
  }
}
