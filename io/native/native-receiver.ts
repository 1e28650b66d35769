// Receives past Node's streams: what belongs to a request that is under way comes straight into that request's memory,
// everything else into one buffer of the process. One call of the kernel for each, and no copy afterwards.
//
// Invariant: between two reads the listener is asked anew where the next bytes may go, and may pause or close in between.
// While much of a request is to come, the kernel is asked not to wake the loop for less than that (SO_RCVLOWAT).

import { constants } from 'node:os'
import { getSystemErrorName } from 'node:util'
import type { Receiver, ReceiverEvents } from '../receiver.ts'
import type { NativeChannel } from './addon.ts'

/** What one connection receives in one turn before it is others' turn. */
export const turnBytesMax = 1024 * 1024
/** Of the buffer: what is in it is copied, so that a large request should not begin with much of it. */
const sharedBytes = 16 * 1024
/** To be woken for less than this is not worth asking the kernel for. */
const lowWaterBytesMin = 16 * 1024
/** More is received in several reads, so that a slow client is seen to be there. */
const lowWaterBytesMax = 128 * 1024
const shared = Buffer.allocUnsafeSlow(sharedBytes)

export class NativeReceiver implements Receiver {
  readonly #channel: NativeChannel
  readonly #events: ReceiverEvents
  /** At the end of what is discarded. */
  readonly #onEnded: () => void
  #lowWaterBytes = 1
  #isStarted = false
  #isPaused = false
  #isDiscarding = false
  #isEnded = false
  #isClosed = false

  /** The channel calls `receive` when there is something; closing it is its owner's. */
  constructor(channel: NativeChannel, events: ReceiverEvents, onEnded: () => void) {
    this.#channel = channel
    this.#events = events
    this.#onEnded = onEnded
  }

  start(): void {
    this.#isStarted = true
    this.#regulate()
  }

  pause(): void {
    this.#isPaused = true
    this.#regulate()
  }

  resume(): void {
    this.#isPaused = false
    this.#regulate()
  }

  discard(): void {
    this.#isDiscarding = true
    if (this.#isEnded) this.#onEnded()
    else this.#regulate()
  }

  close(): void {
    this.#isClosed = true
  }

  get #isReading(): boolean {
    return !this.#isClosed && !this.#isEnded && (this.#isDiscarding || (this.#isStarted && !this.#isPaused))
  }

  /** Receives what is there. */
  receive(): void {
    for (let turnBytes = 0; this.#isReading && turnBytes < turnBytesMax; ) {
      const into = this.#room() ?? shared
      const count = this.#channel.receive(into)
      if (count <= 0) {
        this.#stop(-count)
        break
      }
      turnBytes += count
      this.#hand(into, count)
      // There was no more.
      if (count < into.length) break
    }
    this.#setLowWater()
  }

  // However a turn ended, and whenever reading goes on: what the kernel was asked for last may be more than what is still to come.
  // A request that ended with the turn, or that was the reason to pause, would leave its mark to the next one, which may be smaller
  // and then wait in the socket for ever. A failure changes nothing but how often the loop is woken.
  #setLowWater(): void {
    if (!this.#isReading) return
    const wanted = this.#room()?.length ?? 1
    const bytes = wanted < lowWaterBytesMin ? 1 : Math.min(wanted, lowWaterBytesMax)
    if (bytes === this.#lowWaterBytes) return
    this.#lowWaterBytes = bytes
    this.#channel.setLowWater(bytes)
  }

  #room(): Uint8Array | undefined {
    return this.#isDiscarding ? undefined : this.#events.room?.()
  }

  #hand(into: Uint8Array, count: number): void {
    if (this.#isDiscarding) return
    if (into === shared) this.#events.data(shared.subarray(0, count))
    else this.#events.filled!(count)
  }

  /** There is nothing now, or nothing more. */
  #stop(errorNumber: number): void {
    if (errorNumber === constants.errno.EAGAIN) return
    if (errorNumber !== 0) {
      this.#fail(errorNumber)
      return
    }
    this.#isEnded = true
    this.#regulate()
    if (this.#isDiscarding) this.#onEnded()
    else this.#events.end()
  }

  #regulate(): void {
    if (this.#isClosed) return
    this.#setLowWater()
    const errorNumber = this.#channel.setReading(this.#isReading)
    if (errorNumber !== 0) this.#fail(errorNumber)
  }

  #fail(errorNumber: number): void {
    this.close()
    const code = getSystemErrorName(-errorNumber)
    this.#events.failed(Object.assign(new Error(`read ${code}`), { code, errno: -errorNumber, syscall: 'read' }))
  }
}
