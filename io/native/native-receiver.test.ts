// What the receiver asks of the kernel, on a socket that wakes it only when so much has come as it asked for. Whatever comes, however it is
// cut, and wherever the listener pauses: nothing may be left in the socket that nobody is woken for.

import { constants } from 'node:os'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { NativeChannel } from './addon.ts'
import { NativeReceiver, turnBytesMax } from './native-receiver.ts'

/** A socket of the kernel, as far as receiving goes. */
class Socket implements NativeChannel {
  available = 0
  #lowWater = 1
  #isReading = false

  get wakes(): boolean {
    return this.#isReading && this.available >= this.#lowWater
  }

  receive(into: Uint8Array): number {
    const count = Math.min(into.length, this.available)
    this.available -= count
    return count > 0 ? count : -constants.errno.EAGAIN
  }
  setReading(isReading: boolean): number {
    this.#isReading = isReading
    return 0
  }
  setLowWater(bytes: number): number {
    this.#lowWater = bytes
    return 0
  }
  send(): number {
    throw new Error('nothing is sent here')
  }
  close(): void {}
}

/** Takes frames as a session does: the rest of one that has begun has room of its own, and it may pause behind one. */
class Listener {
  readonly #sizes: number[]
  readonly #pausesBehind: ReadonlySet<number>
  #index = 0
  #filled = 0
  receivedBytes = 0
  pause = () => {}

  constructor(sizes: number[], pausesBehind: Iterable<number>) {
    this.#sizes = sizes
    this.#pausesBehind = new Set(pausesBehind)
  }

  readonly events = {
    room: () => {
      const left = (this.#sizes[this.#index] ?? 0) - this.#filled
      return this.#filled > 0 && left >= 4096 ? new Uint8Array(left) : undefined
    },
    filled: (bytes: number) => this.#take(bytes),
    data: (chunk: Buffer) => this.#take(chunk.length),
    end: () => {},
    failed: (error: Error) => {
      throw error
    },
  }

  #take(bytes: number): void {
    this.receivedBytes += bytes
    this.#filled += bytes
    while (this.#index < this.#sizes.length && this.#filled >= this.#sizes[this.#index]!) {
      this.#filled -= this.#sizes[this.#index]!
      if (this.#pausesBehind.has(this.#index)) this.pause()
      this.#index += 1
    }
  }
}

function everythingComes(sizes: number[], chunks: number[], pausesBehind: number[]): void {
  const socket = new Socket()
  const listener = new Listener(sizes, pausesBehind)
  const receiver = new NativeReceiver(socket, listener.events, () => {})
  let isPaused = false
  listener.pause = () => {
    isPaused = true
    receiver.pause()
  }
  const runLoop = () => {
    while (socket.wakes) receiver.receive()
    if (!isPaused) return
    isPaused = false
    receiver.resume()
    runLoop()
  }
  receiver.start()
  const total = sizes.reduce((sum, size) => sum + size, 0)
  let sent = 0
  for (const chunk of [...chunks, total]) {
    const bytes = Math.min(chunk, total - sent)
    sent += bytes
    socket.available += bytes
    runLoop()
  }
  // What is asked for beyond what is to come must not hold back what has come.
  expect(listener.receivedBytes).toBe(total)
}

test('a frame that ends with the turn leaves no mark to a smaller one behind it', () => {
  everythingComes([turnBytesMax + 300_000, 2000], [200_000, 100_000, turnBytesMax, 2000], [])
})

test('a frame that is the reason to pause leaves none either', () => {
  everythingComes([300_000, 2000], [100_000, 200_000, 2000], [0])
})

test('everything that has come is received, wherever it is cut and whenever it pauses', () => {
  const size = fc.oneof(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 16_000, max: 3_000_000 }))
  fc.assert(
    fc.property(
      fc.array(size, { minLength: 1, maxLength: 8 }),
      fc.array(fc.oneof(fc.nat({ max: 20_000 }), fc.nat({ max: 2_000_000 })), { maxLength: 40 }),
      fc.array(fc.nat({ max: 7 }), { maxLength: 4 }),
      everythingComes,
    ),
    { numRuns: 500 },
  )
})
