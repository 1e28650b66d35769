// The tap must see answers that leave in the wrong order, and leave alone what passes through it.

import { expect, test } from 'vitest'
import { BrokerConnection } from '../../client/connection.ts'
import type { Connection } from '../../io/net.ts'
import { SimWorld } from '../../io/sim/world.ts'
import { apiVersions } from '../../protocol/messages/api-versions.ts'
import { produce } from '../../protocol/messages/produce.ts'
import { answerTap } from './answer-tap.ts'

/** A server that answers requests with nothing but their correlation ids, in the order given; null: none. */
async function serve(order: readonly (number | null)[]) {
  const sim = new SimWorld({ seed: 1 })
  const server = sim.host('server').start()
  const asked: number[] = []
  const frame = (id: number) => {
    const bytes = Buffer.alloc(8)
    bytes.writeInt32BE(4, 0)
    bytes.writeInt32BE(id, 4)
    return bytes
  }
  const accept = (connection: Connection) => {
    let received = Buffer.alloc(0)
    connection.listen({
      data: chunk => {
        received = Buffer.concat([received, chunk])
        for (let size = 4; received.length >= 4 && received.length >= (size += received.readInt32BE(0)); size = 4) {
          asked.push(received.readInt32BE(8))
          received = received.subarray(size)
        }
        if (asked.length < order.length) return
        const answers = order.flatMap(index => (index === null ? [] : [frame(asked[index]!)]))
        connection.send(answers)
      },
      drain() {},
      end() {},
      close() {},
    })
  }
  await sim.complete(server.net.listen({ host: '0.0.0.0', port: 9092 }, accept))
  const names: string[] = []
  const tap = answerTap(sim.host('client').start().net, 'client', found => void names.push(...found.map(v => v.name)))
  const connecting = BrokerConnection.open(tap.net, { host: 'server', port: 9092, clientId: 'client' })
  return { sim, tap, names, connection: await sim.complete(connecting) }
}

const ask = (connection: BrokerConnection) => void connection.request(apiVersions, 0, {}).catch(() => {})

test('answers in the order of the requests are no violation', async () => {
  const { sim, names, connection } = await serve([0, 1, 2])
  for (let i = 0; i < 3; i++) ask(connection)
  await sim.run()
  expect(names).toEqual([])
})

test('an answer that overtakes another one is seen', async () => {
  const { sim, names, connection } = await serve([1, 0])
  for (let i = 0; i < 2; i++) ask(connection)
  await sim.run()
  expect(names).toContain('answerOutOfOrder')
})

test('a request without an answer is not waited for', async () => {
  const { sim, tap, names, connection } = await serve([0, null, 2])
  ask(connection)
  tap.expectNoAnswer()
  connection.sendWithoutAnswer(produce, 9, { acks: 0, timeoutMs: 1, topicData: [] })
  ask(connection)
  await sim.run()
  expect(names).toEqual([])
})
