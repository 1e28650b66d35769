// Sends parts past JavaScript: bytes by sendmsg, ranges of files by sendfile, each turn's with one call of the addon.
//
// Invariants: bytes leave in the order of `send`; nothing here waits, for a socket or for a disk, but by being called back;
// at any time there is at most one thing that will call `proceed`: the end of what is being done, room in the socket, or a read. What
// the page cache does not have is read on the thread pool first (cold-reads.ts), a window at a time. A file without a
// descriptor of the machine's passes through memory, a chunk at a time.

import { getSystemErrorName } from 'node:util'
import type { FilePart, SendPart } from '../net.ts'
import type { PartSender, SenderEvents } from '../part-sender.ts'
import { descriptorOf } from '../real-file.ts'
import { chunkBytes, isFilePart, readPart, tooShort } from '../send-part.ts'
import { type NativeAddon, type NativeChannel, outcomes, places, sendPartsMax } from './addon.ts'
import type { ColdRead, ColdReads } from './cold-reads.ts'

/** What one connection sends in one turn before it is others' turn. */
export const turnBytesMax = 1024 * 1024
/** What is asked of the page cache at once, and read from the disk at once when it is not there. */
export const windowBytes = 512 * 1024

export class NativeSender implements PartSender {
  readonly #addon: NativeAddon
  readonly #coldReads: ColdReads
  readonly #channel: NativeChannel
  readonly #events: SenderEvents
  readonly #turn = () => this.proceed()
  #queue: (readonly SendPart[])[] = []
  /** Of the first in the queue, the part that leaves next, and how much of it has left. */
  #partIndex = 0
  #partBytes = 0
  /** Of that part, how many bytes were just read from the disk for it. */
  #warmBytes = 0
  /** Of that part, bytes in memory for want of a descriptor. */
  #copy: Buffer | undefined
  #coldRead: ColdRead | undefined
  /** Something will call `proceed`. */
  #isGoing = false
  #closed = false

  /** The channel calls `proceed` when it takes more; closing it is its owner's. */
  constructor(channel: NativeChannel, addon: NativeAddon, coldReads: ColdReads, events: SenderEvents) {
    this.#channel = channel
    this.#addon = addon
    this.#coldReads = coldReads
    this.#events = events
  }

  send(parts: readonly SendPart[]): void {
    this.#queue.push(parts)
    this.flush()
  }

  // When all that follows from the event at hand is done, promises included: what is settled by it leaves together. In the next turn
  // of the loop it would too, one question to the kernel later.
  flush(): void {
    if (this.#isGoing || this.#closed) return
    this.#isGoing = true
    process.nextTick(this.#turn)
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#queue = []
    this.#copy = undefined
    if (this.#coldRead) this.#coldReads.giveUp(this.#coldRead)
  }

  /** Sends what can be sent now. */
  proceed(): void {
    if (this.#closed) return
    const count = this.#describeParts()
    let outcome: number = outcomes.allTaken
    let takenBytes = 0
    if (count > 0) {
      outcome = this.#channel.send(buffers, count, this.#warmBytes > 0)
      takenBytes = this.#addon.numbers[places.takenBytes]!
      buffers.length = 0
    }
    // Before others are told and use the numbers for theirs.
    const errorNumber = this.#addon.numbers[places.errorNumber]!
    const sends = this.#advance(takenBytes)
    if (takenBytes > 0 || sends > 0) this.#events.taken(takenBytes, sends)
    if (!this.#closed) this.#decide(outcome, errorNumber)
  }

  #decide(outcome: number, errorNumber: number): void {
    if (outcome === outcomes.wouldBlock) return
    if (outcome === outcomes.cold) this.#startColdRead()
    else if (outcome === outcomes.fileEnded) this.#events.failed(tooShort(this.#nextPart as FilePart))
    else if (outcome === outcomes.failed) this.#events.failed(systemError(errorNumber))
    else if (this.#queue.length === 0) this.#rest()
    else if (this.#mustCopy) this.#readCopy()
    else setImmediate(this.#turn)
  }

  #rest(): void {
    this.#isGoing = false
    this.#events.flushed()
  }

  /** Writes what is to leave next where the addon looks for it; answers how many parts that is. */
  #describeParts(): number {
    let count = 0
    let room = turnBytesMax
    let partBytes = this.#partBytes
    let partIndex = this.#partIndex
    for (const parts of this.#queue) {
      for (; partIndex < parts.length; partIndex++, partBytes = 0) {
        const part = parts[partIndex]!
        const left = part.length - partBytes
        if (left === 0) continue
        if (count === sendPartsMax || room <= 0) return count
        const described = isFilePart(part)
          ? this.#describeFile(count, part, partBytes, Math.min(left, windowBytes, room))
          : this.#describeBytes(count, part, partBytes, Math.min(left, room))
        if (described === 0) return count
        count += 1
        room -= described
        if (described < left) return count
      }
      partIndex = 0
    }
    return count
  }

  #describeBytes(index: number, bytes: Uint8Array, from: number, length: number): number {
    buffers.push(bytes)
    return this.#describe(index, -1, from, length)
  }

  #describeFile(index: number, part: FilePart, from: number, length: number): number {
    const isFirst = index === 0
    if (isFirst && this.#copy) return this.#describeBytes(0, this.#copy, 0, this.#copy.length)
    const descriptor = descriptorOf(part.file)
    if (descriptor === undefined) return 0
    const known = isFirst && this.#warmBytes > 0 ? Math.min(length, this.#warmBytes) : length
    return this.#describe(index, descriptor, part.position + from, known)
  }

  #describe(index: number, descriptor: number, position: number, length: number): number {
    const { numbers } = this.#addon
    const at = places.firstPart + index * places.perPart
    numbers[at] = descriptor
    numbers[at + 1] = position
    numbers[at + 2] = length
    return length
  }

  /** Moves on by what has left; answers how many sends have left completely. */
  #advance(takenBytes: number): number {
    let sends = 0
    let taken = takenBytes
    for (let parts = this.#queue[0]; parts; parts = this.#queue[0]) {
      for (; this.#partIndex < parts.length; this.#partIndex++, this.#enterPart()) {
        const left = parts[this.#partIndex]!.length - this.#partBytes
        if (taken < left) {
          this.#moveWithinPart(taken)
          return sends
        }
        taken -= left
      }
      this.#queue.shift()
      this.#partIndex = 0
      sends += 1
    }
    return sends
  }

  #enterPart(): void {
    this.#partBytes = 0
    this.#warmBytes = 0
    this.#copy = undefined
  }

  #moveWithinPart(bytes: number): void {
    this.#partBytes += bytes
    this.#warmBytes = Math.max(0, this.#warmBytes - bytes)
    if (!this.#copy) return
    this.#copy = bytes < this.#copy.length ? this.#copy.subarray(bytes) : undefined
  }

  get #nextPart(): SendPart {
    return this.#queue[0]![this.#partIndex]!
  }

  get #mustCopy(): boolean {
    const part = this.#nextPart
    return isFilePart(part) && !this.#copy && descriptorOf(part.file) === undefined
  }

  #startColdRead(): void {
    const part = this.#nextPart as FilePart
    this.#coldRead = {
      file: part.file,
      descriptor: descriptorOf(part.file)!,
      position: part.position + this.#partBytes,
      length: Math.min(part.length - this.#partBytes, windowBytes),
      done: result => this.#onRead(part, result),
    }
    this.#coldReads.start(this.#coldRead)
  }

  #onRead(part: FilePart, result: number): void {
    this.#coldRead = undefined
    if (this.#closed) return
    if (result < 0) this.#events.failed(systemError(-result))
    else if (result === 0) this.#events.failed(tooShort(part))
    else {
      this.#warmBytes = result
      this.proceed()
    }
  }

  #readCopy(): void {
    const part = this.#nextPart as FilePart
    const count = Math.min(chunkBytes, part.length - this.#partBytes)
    readPart(part, this.#partBytes, count).then(
      copy => {
        if (this.#closed) return
        this.#copy = copy
        this.proceed()
      },
      cause => {
        if (!this.#closed) this.#events.failed(cause as Error)
      },
    )
  }
}

/** Those of the parts that are being described; the addon takes them before anybody else can. */
const buffers: Uint8Array[] = []

function systemError(errorNumber: number): Error {
  const code = getSystemErrorName(-errorNumber)
  return Object.assign(new Error(`send ${code}`), { code, errno: -errorNumber, syscall: 'send' })
}
