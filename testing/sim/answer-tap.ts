// A network as a client uses it, listened in on: the order of the answers is held against that of the requests, byte by byte
// and apart from the client under whose feet it happens.

import { AnswersInOrder } from '../../broker/sim/answers-in-order.ts'
import type { Violation } from '../../broker/sim/violation.ts'
import type { Connection, Net, SendPart } from '../../io/net.ts'
import { FrameCutter } from '../../protocol/frame-cutter.ts'

const frameBytesMax = 64 * 1024 * 1024
/** Of a frame with its length: length, API key, API version, correlation id. */
const correlationIdAt = 8

export interface AnswerTap {
  readonly net: Net
  /** The next request that is sent has no answer (Produce with acks=0). */
  expectNoAnswer(): void
}

export function answerTap(net: Net, name: string, report: (violations: readonly Violation[]) => void): AnswerTap {
  let hasAnswer = true
  const connect: Net['connect'] = async address => {
    const connection = await net.connect(address)
    const order = new AnswersInOrder(`${name}, port ${connection.localPort}`)
    const frames = new FrameCutter(frameBytesMax)
    const listen: Connection['listen'] = events =>
      // Without memory of the client's to receive into: what comes there would pass by.
      connection.listen({
        drain: () => events.drain(),
        end: () => events.end(),
        close: error => events.close(error),
        data: chunk => {
          frames.push(Buffer.from(chunk))
          for (let frame = frames.next(); frame; frame = frames.next()) report(order.answer(frame.readInt32BE(0)))
          events.data(chunk)
        },
      })
    const send: Connection['send'] = (parts, done) => {
      if (hasAnswer) order.ask(firstBytes(parts, correlationIdAt + 4).readInt32BE(correlationIdAt))
      hasAnswer = true
      return connection.send(parts, done)
    }
    return new Proxy(connection, {
      get: (target, key) => {
        if (key === 'listen') return listen
        if (key === 'send') return send
        const value = Reflect.get(target, key, target) as unknown
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  }
  return {
    net: { listen: (address, accept) => net.listen(address, accept), connect },
    expectNoAnswer: () => {
      hasAnswer = false
    },
  }
}

function firstBytes(parts: readonly SendPart[], count: number): Buffer {
  return Buffer.concat(parts.filter(part => part instanceof Uint8Array) as Uint8Array[]).subarray(0, count)
}
