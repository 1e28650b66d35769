// One connection that sends exactly the requests it is told to, for what no client library would send. The messages are
// encoded and decoded with our protocol folder, which is proven against Kafka's own bytes elsewhere.
import { connect } from 'node:net'
import { importProtocol } from './schemas.mjs'

const { readResponseFrame, writeRequestFrame } = await importProtocol('framing.js')
const { FrameCutter } = await importProtocol('frame-cutter.js')
const { apiByKey } = await importProtocol('messages/index.js')
export const { errors } = await importProtocol('errors.js')
export const { buildBatch } = await importProtocol('records/batch-builder.js')
export const { computedCrcOf } = await importProtocol('records/batch-header.js')
export const { records } = await importProtocol('records/records.js')
export const { batches } = await importProtocol('records/batches.js')

/** Every API by its name in camel case: `api.listOffsets`. */
export const api = Object.fromEntries(
  [...apiByKey.values()].map(each => [each.name[0].toLowerCase() + each.name.slice(1), each]),
)

/** Tells an answer that never comes from one that a busy machine delays. */
const answerMsMax = 60_000

/** The name of a Kafka error code, which reads better in a failed expectation. */
export function errorName(code) {
  return Object.entries(errors).find(([, error]) => error.code === code)?.[0] ?? `error ${code}`
}

export class Wire {
  #socket
  #cutter = new FrameCutter(100_000_000)
  #waiting = [] // in the order sent: the broker answers in that order
  #correlationId = 100
  #closed
  /** How answers came in: the correlation ids. */
  answered = []

  static async open({ host, port }) {
    const wire = new Wire()
    wire.#socket = connect({ host, port, noDelay: true })
    wire.#socket.on('data', chunk => wire.#take(chunk))
    wire.#closed = new Promise(resolve => wire.#socket.on('close', resolve))
    wire.#socket.on('error', () => {})
    wire.#socket.on('close', () => {
      for (const { reject } of wire.#waiting.splice(0)) reject(new Error('the broker closed the connection'))
    })
    await new Promise((resolve, reject) => wire.#socket.once('connect', resolve).once('error', reject))
    return wire
  }

  #take(chunk) {
    this.#cutter.push(chunk)
    for (let frame = this.#cutter.next(); frame; frame = this.#cutter.next()) {
      const waiting = this.#waiting.shift()
      this.answered.push(frame.readInt32BE(0))
      waiting?.resolve(Buffer.from(frame))
    }
  }

  /** Writes bytes as they are. */
  write(bytes) {
    this.#socket.write(bytes)
  }

  /** Writes a frame and resolves with the frame of its answer, undecoded. */
  exchange(frame) {
    this.write(frame)
    return this.nextFrame()
  }

  nextFrame() {
    const answer = new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
    return within(answer, 'no answer')
  }

  /** Sends a request in one version and resolves with the decoded answer. */
  async send(api, version, body, clientId = 'compat') {
    const frame = requestFrame(api, version, this.#correlationId++, body, clientId)
    const answer = await this.exchange(frame)
    const { reader } = readResponseFrame(api, version, answer)
    const decoded = api.response.read(version, reader)
    if (reader.remaining > 0) throw new Error(`${api.name} v${version}: ${reader.remaining} bytes behind the answer`)
    return decoded
  }

  /** Resolves when the broker has closed the connection; fails when it does not. */
  closedByBroker() {
    return within(this.#closed, 'the connection stays open')
  }

  close() {
    this.#socket.destroy()
  }
}

function within(promise, what) {
  let timer
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} within ${answerMsMax} ms`)), answerMsMax)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

/** A whole request frame as one buffer. */
export function requestFrame(api, version, correlationId, body, clientId = 'compat') {
  return Buffer.concat(
    writeRequestFrame(api, version, { correlationId, clientId }, body).map(part => Buffer.from(part)),
  )
}
