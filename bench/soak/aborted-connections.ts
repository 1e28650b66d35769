// Thousands of connections that end badly: at once, within a request, and in the middle of a long answer.

import { readdirSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { writeRequestFrame } from '../../protocol/framing.ts'
import { fetch } from '../../protocol/messages/fetch.ts'

const atOnce = 50
const settleMsMax = 10_000

export const openDescriptors = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length

/** Asks for all that there is of a topic's first partition, from its start. */
function longFetch(topic: string): Buffer {
  const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 50 << 20 }]
  const body = { maxWaitMs: 0, minBytes: 1, maxBytes: 50 << 20, topics: [{ topic, partitions }], replicaId: -1 }
  const parts = writeRequestFrame(fetch, 12, { correlationId: 1, clientId: 'abort' }, body)
  return Buffer.concat(parts as Uint8Array[])
}

export async function abortConnections(port: number, topic: string, count: number): Promise<void> {
  const request = longFetch(topic)
  const ways: readonly ((socket: Socket) => void)[] = [
    socket => void socket.destroy(),
    socket => void socket.resetAndDestroy(),
    // Slow-loris gives up: a length, and half of what it promised.
    socket => void socket.write(request.subarray(0, request.length / 2), () => socket.destroy()),
    socket => {
      socket.write(request)
      socket.once('data', () => socket.resetAndDestroy())
    },
    socket => {
      socket.write(Buffer.concat([request, request, request]))
      socket.once('data', () => socket.destroy())
    },
  ]
  let begun = 0
  const work = async () => {
    while (begun < count) await abortOne(port, ways[begun++ % ways.length]!)
  }
  await Promise.all(Array.from({ length: atOnce }, work))
}

function abortOne(port: number, way: (socket: Socket) => void): Promise<void> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1', () => way(socket))
    socket.on('error', () => {})
    socket.once('close', () => resolve())
  })
}

/** How many descriptors the process has once it has no more than that, or when the time to get there is over. */
export async function settledDescriptors(pid: number, wanted: number): Promise<number> {
  const endMs = performance.now() + settleMsMax
  while (openDescriptors(pid) > wanted && performance.now() < endMs) await setTimeout(50)
  return openDescriptors(pid)
}
