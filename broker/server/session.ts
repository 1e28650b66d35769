// One connection: cuts requests out of what arrives, has them decided in order, and sends the answers in the same order.
//
// Invariant: answers leave in the order of their requests, each exactly once, whatever order they are settled in.
// A request that cannot be read breaks the session: what was asked before it is answered, then the connection is closed,
// with one line in the log. Source: Kafka 4.3.0's SocketServer.Processor, which decides one request at a time per
// connection; here those behind a parked one are decided too, and wait with their answers.

import type { Clock } from '../../io/clock.ts'
import { DiskError } from '../../io/disk.ts'
import type { Logger } from '../../io/logger.ts'
import type { Connection, SendPart } from '../../io/net.ts'
import { bytesIn } from '../../io/send-part.ts'
import { errors } from '../../protocol/errors.ts'
import type { FrameBuffers } from '../../protocol/frame-buffers.ts'
import { FrameCutter } from '../../protocol/frame-cutter.ts'
import { type RequestFrame, readRequestFrame, writeResponseFrame } from '../../protocol/framing.ts'
import { apiVersions } from '../../protocol/messages/api-versions.ts'
import { DecodeError } from '../../protocol/wire/decode-error.ts'
import type { Fields, InputFields } from '../../protocol/wire/field.ts'
import { AnswerQueue, release, type Slot } from './answer-queue.ts'
import { DecidedRequest, type RequestOwner } from './decided-request.ts'
import type { Answer, Handler, RequestContext } from './handler.ts'
import type { HandlerTable } from './handler-table.ts'
import type { ServerCounters, ServerLoad } from './server-counters.ts'
import type { Services } from './services.ts'
import type { SessionLimits } from './session-limits.ts'
import type { SharedLimit } from './shared-limit.ts'

export interface SessionOptions {
  readonly connection: Connection
  readonly connectionId: string
  /** As Kafka prints an address: "/127.0.0.1". */
  readonly clientHost: string
  readonly listenerName: string
  readonly clock: Clock
  readonly logger: Logger
  readonly limits: SessionLimits
  readonly buffers: FrameBuffers
  /** Bytes of large requests, of all connections. */
  readonly budget: SharedLimit
  /** Requests that wait for our own work, of all connections. */
  readonly queue: SharedLimit
  readonly counters: ServerCounters
  /** Once, when the connection is gone. */
  readonly onClosed: (session: Session) => void
}

export class Session {
  readonly #options: SessionOptions
  readonly #connection: Connection
  readonly #cutter: FrameCutter
  readonly #counters: ServerCounters
  readonly #retry = () => this.#resume()
  /** From `start` on. */
  #owner: RequestOwner | undefined
  #handlers: HandlerTable | undefined
  readonly #answers = new AnswerQueue()
  /** Taken from the budget for frames that are being collected or wait to be decided. */
  #reservedBytes = 0
  /** A request that was cut and waits for its place in the queue of all connections. */
  #queueing: Buffer | undefined
  /** Requests that hold up those behind them: being decided, and not parked; or they do so by themselves. */
  #holds = 0
  #isPumping = false
  #isPaused = false
  /** The other side does not take what we send. */
  #isBacklogged = false
  /** Nothing more is decided; the connection closes behind the last answer. */
  #isEnding = false
  /** The other side will send no more. */
  #isPeerDone = false
  #isClosed = false
  #lastActivityMs: number
  #lastPendingBytes = 0

  constructor(options: SessionOptions) {
    this.#options = options
    this.#connection = options.connection
    this.#counters = options.counters
    this.#lastActivityMs = options.clock.monotonicMs()
    this.#cutter = new FrameCutter(
      options.limits.requestBytesMax,
      bytes => this.#admit(bytes),
      bytes => options.buffers.take(bytes),
    )
    this.#connection.listen({
      room: () => (this.#isEnding ? undefined : this.#cutter.room),
      filled: bytes => this.#onFilled(bytes),
      data: chunk => this.#onData(chunk),
      drain: () => this.#onDrain(),
      end: () => this.#onEnd(),
      close: error => this.#onClose(error),
    })
  }

  get connectionId(): string {
    return this.#options.connectionId
  }
  get listenerName(): string {
    return this.#options.listenerName
  }
  get remoteHost(): string {
    return this.#connection.remoteHost
  }
  get requestsInFlight(): number {
    return this.#answers.count
  }

  /** From here on requests are decided; what arrived before was kept. */
  start(services: Services, handlers: HandlerTable): void {
    this.#owner = this.#ownerWith(services)
    this.#handlers = handlers
    this.#resume()
  }

  #ownerWith(services: Services): RequestOwner {
    const { clientHost, connectionId, listenerName } = this.#options
    return {
      services,
      clientHost,
      connectionId,
      listenerName,
      isClosed: () => this.#isClosed,
      holdUp: () => this.#holdUp(),
      noteClosing: reason => this.#log('a connection is closed', reason),
    }
  }

  #holdUp(): () => void {
    this.#holds += 1
    let isHeld = true
    return () => {
      if (isHeld) this.#holds -= 1
      isHeld = false
      this.#pump()
    }
  }

  /** Decides nothing more, answers what is under way, then closes. */
  drain(): void {
    this.#isEnding = true
    this.#pump()
  }

  destroy(): void {
    this.#connection.destroy()
  }

  /** How long the client has neither said nor taken anything while nothing of ours was to come. */
  idleMs(nowMs: number): number {
    const { pendingBytes } = this.#connection
    const isWaitingForUs = this.#answers.count > 0 && pendingBytes === 0
    if (isWaitingForUs || pendingBytes !== this.#lastPendingBytes) this.#lastActivityMs = nowMs
    this.#lastPendingBytes = pendingBytes
    return nowMs - this.#lastActivityMs
  }

  /** Adds what is under way here. */
  addTo(load: ServerLoad): void {
    load.pausedConnections += this.#isPaused ? 1 : 0
    load.requestsInFlight += this.#answers.count
    load.answersWaiting += this.#answers.waitingCount
    load.requestBytes += this.#answers.bytes
    load.readAheadBytes += this.#cutter.heldBytes
    load.pendingBytes += this.#connection.pendingBytes
  }

  /** Goes on after a wait: what is decided now is decided at this time. */
  #resume(): void {
    this.#lastActivityMs = this.#options.clock.monotonicMs()
    this.#pump()
  }

  #onData(chunk: Buffer): void {
    this.#noteReceived(chunk.length)
    if (this.#isEnding) return
    this.#cutter.push(chunk)
    this.#pump()
  }

  #onFilled(bytes: number): void {
    this.#noteReceived(bytes)
    this.#cutter.filled(bytes)
    this.#pump()
  }

  #noteReceived(bytes: number): void {
    this.#lastActivityMs = this.#options.clock.monotonicMs()
    this.#counters.receivedBytes += bytes
  }

  #onDrain(): void {
    this.#isBacklogged = false
    this.#resume()
  }

  // What arrived before is still answered: a producer with acks=0 sends and hangs up.
  #onEnd(): void {
    this.#isPeerDone = true
    this.#pump()
  }

  #onClose(error?: Error): void {
    if (error?.cause instanceof DiskError) this.#owner?.services.logs.noteFailedSend(error.cause)
    this.#isClosed = true
    this.#isEnding = true
    this.#options.budget.leave(this.#retry)
    this.#options.queue.leave(this.#retry)
    this.#queueing = undefined
    this.#options.budget.give(this.#reservedBytes)
    this.#reservedBytes = 0
    for (const slot of this.#answers.takeAll()) {
      this.#giveReserved(slot)
      if (slot.isSettled) this.#release(slot)
    }
    this.#options.onClosed(this)
  }

  #needsRoom(frameBytes: number): boolean {
    return frameBytes > this.#options.limits.readAheadBytesMax
  }

  #admit(bytes: number): boolean {
    if (!this.#needsRoom(bytes)) return true
    if (!this.#options.budget.take(bytes, this.#retry)) return false
    this.#reservedBytes += bytes
    return true
  }

  get #mayDecide(): boolean {
    const { requestsInFlightMax, bytesInFlightMax, answerBytesMax } = this.#options.limits
    return (
      this.#handlers !== undefined &&
      !this.#isEnding &&
      this.#holds === 0 &&
      !this.#isBacklogged &&
      this.#answers.count < requestsInFlightMax &&
      this.#answers.bytes < bytesInFlightMax &&
      this.#answers.answerBytes < answerBytesMax
    )
  }

  /** Decides what may be decided and sends what is answered. */
  #pump(): void {
    if (this.#isPumping || this.#isClosed) return
    this.#isPumping = true
    while (this.#mayDecide && this.#decideNext());
    this.#isPumping = false
    this.#sendSettled()
    this.#regulate()
  }

  /** False when there is no request that may be decided. */
  #decideNext(): boolean {
    try {
      const frame = this.#queueing ?? this.#cutter.next()
      this.#queueing = undefined
      if (frame === undefined) {
        if (this.#isPeerDone && !this.#cutter.isHeldUp) this.#isEnding = true
        return false
      }
      return this.#decide(frame)
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      this.#break(error.message)
      return false
    }
  }

  /** False when it has to wait for its place. */
  #decide(frame: Buffer): boolean {
    const request = readRequestFrame(frame)
    const handler = this.#handlers!.find(request.api, request.apiVersion)
    if (handler === undefined) {
      if (request.api.key === apiVersions.key) this.#answerUnknownApiVersions(frame, request)
      else this.#break(`${request.api.name} version ${request.apiVersion} is not spoken here`)
      return true
    }
    if (handler.isQueued && !this.#options.queue.take(1, this.#retry)) {
      this.#queueing = frame
      return false
    }
    // Bytes behind the body are passed over, as Kafka does.
    const body = this.#bodyOf(request, handler)
    const slot = this.#newSlot(frame, request, handler)
    slot.isQueued = handler.isQueued
    const context = new DecidedRequest(this.#owner!, slot, request)
    try {
      const answer = handler.handle(context, body)
      if (answer instanceof Promise) this.#await(slot, context, body, answer)
      else this.#settle(slot, context, body, answer)
    } catch (error) {
      this.#fail(slot, context, body, error)
    }
    if (!handler.holdsRequest) this.#giveReserved(slot)
    return true
  }

  #bodyOf({ api, apiVersion, reader }: RequestFrame, handler: Handler): object {
    try {
      return api.request.read(apiVersion, reader)
    } catch (error) {
      if (handler.isQueued) this.#options.queue.give(1)
      throw error
    }
  }

  #newSlot(frame: Buffer, { apiVersion, correlationId }: RequestFrame, handler: Handler): Slot {
    const reservedBytes = this.#needsRoom(frame.length) ? frame.length : 0
    this.#reservedBytes -= reservedBytes
    const counters = this.#counters.requests.of(handler.api)
    counters.requests += 1
    counters.requestBytes += frame.length
    // The clock was read when the bytes came, or when there was room again.
    const decidedMs = this.#lastActivityMs
    return this.#answers.add({ handler, apiVersion, correlationId, counters, decidedMs, frame, reservedBytes })
  }

  #await(slot: Slot, context: RequestContext, body: object, answer: Promise<Answer<Fields>>): void {
    const holdsUp = !slot.handler.parks
    slot.isLater = true
    if (holdsUp) this.#holds += 1
    const proceed = () => {
      if (!holdsUp) {
        this.#pump()
        return
      }
      this.#holds -= 1
      this.#resume()
    }
    answer.then(
      settled => {
        this.#settle(slot, context, body, settled)
        proceed()
      },
      error => {
        this.#fail(slot, context, body, error)
        proceed()
      },
    )
  }

  #settle(slot: Slot, context: RequestContext, body: object, answer: Answer<Fields>): void {
    try {
      this.#encode(slot, answer)
    } catch (error) {
      this.#fail(slot, context, body, error)
    }
  }

  #encode(slot: Slot, answer: Answer<Fields>): void {
    let parts: readonly SendPart[] | undefined
    if (answer !== undefined && !this.#isClosed) {
      const { handler, apiVersion, correlationId, counters } = slot
      parts = writeResponseFrame(handler.api, apiVersion, correlationId, answer) as readonly SendPart[]
      counters.countErrors(answer)
    }
    this.#answers.settle(slot, parts)
    if (this.#isClosed) this.#release(slot)
    if (!slot.isQueued) return
    slot.isQueued = false
    this.#options.queue.give(1)
  }

  /** The handler threw: that is our fault, and the client is told so. */
  #fail(slot: Slot, context: RequestContext, body: object, error: unknown): void {
    const { api, failure } = slot.handler
    const { logger, connectionId } = this.#options
    logger.error(
      { api: api.name, apiVersion: slot.apiVersion, connectionId, err: error },
      'a request failed unexpectedly',
    )
    try {
      const answer = failure?.(body as never, errors.UNKNOWN_SERVER_ERROR.code, context)
      if (answer === undefined) slot.closes = true
      this.#encode(slot, answer)
    } catch {
      slot.closes = true
      this.#encode(slot, undefined)
    }
  }

  /** UNSUPPORTED_VERSION in version 0, which every client can read, with the versions of ApiVersions itself. */
  #answerUnknownApiVersions(frame: Buffer, request: RequestFrame): void {
    const handler = this.#handlers!.find(request.api, 0)
    if (handler === undefined) {
      this.#break('ApiVersions is not spoken here')
      return
    }
    const [minVersion, maxVersion] = request.api.versions
    const apiKeys = [{ apiKey: request.api.key, minVersion, maxVersion }]
    const slot = this.#newSlot(frame, { ...request, apiVersion: 0 }, handler)
    this.#giveReserved(slot)
    this.#encode(slot, { errorCode: errors.UNSUPPORTED_VERSION.code, apiKeys } as InputFields<Fields>)
  }

  /** Sends the answers at the head of the queue that are settled. */
  #sendSettled(): void {
    if (this.#isClosed) return
    const { slots, parts, closes } = this.#answers.takeSettled()
    if (slots.length > 0) {
      if (parts.length > 0 && !this.#connection.send(parts)) this.#isBacklogged = true
      this.#lastActivityMs = this.#options.clock.monotonicMs()
      for (const slot of slots) {
        this.#countAnswer(slot)
        this.#giveReserved(slot)
        this.#release(slot)
      }
    }
    if (closes) this.#isEnding = true
    if (closes || (this.#isEnding && this.#answers.count === 0)) this.#connection.end()
    // Room was made: there may be more to decide.
    else if (slots.length > 0 && this.#cutter.heldBytes > 0 && this.#mayDecide) this.#pump()
  }

  /** The clock has just been read. */
  #countAnswer({ counters, isLater, decidedMs, parts }: Slot): void {
    const durations = isLater ? counters.answeredLater : counters.answeredAtOnce
    durations.observe(this.#lastActivityMs - decidedMs)
    if (parts === undefined) return
    const bytes = bytesIn(parts)
    counters.responseBytes += bytes
    this.#counters.sentBytes += bytes
  }

  #break(reason: string): void {
    this.#counters.unreadableRequests += 1
    this.#isEnding = true
    this.#log('a request cannot be read; its connection is closed', reason)
  }

  #log(text: string, reason: string): void {
    const { connectionId, listenerName: listener } = this.#options
    this.#options.logger.warn({ connectionId, listener, reason }, text)
  }

  #giveReserved(slot: Slot): void {
    if (slot.reservedBytes === 0) return
    const bytes = slot.reservedBytes
    slot.reservedBytes = 0
    this.#options.budget.give(bytes)
  }

  /** Lets go of what the answer held, and of the request. */
  #release(slot: Slot): void {
    release(slot)
    if (slot.isFrameFree) this.#options.buffers.give(slot.frame)
  }

  /** Reads on, or does not: a little ahead of what may be decided, nothing once the session ends. */
  #regulate(): void {
    if (this.#isClosed) return
    const isFull = !this.#mayDecide && this.#cutter.heldBytes >= this.#options.limits.readAheadBytesMax
    const pauses = this.#isEnding || isFull || this.#cutter.isHeldUp || this.#queueing !== undefined
    if (pauses === this.#isPaused) return
    this.#isPaused = pauses
    if (pauses) this.#connection.pause()
    else this.#connection.resume()
  }
}
