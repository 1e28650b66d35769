// What producers of the client are given in a run: settings, and a network that notes what leaves.

import { batchContent } from '../../broker/sim/stored-batch.ts'
import type { ProducerOptions } from '../../client/producer/producer-options.ts'
import type { Net, SendPart } from '../../io/net.ts'
import type { SeededRandom } from '../../io/sim/random.ts'
import { readRequestFrame } from '../../protocol/framing.ts'
import { produce } from '../../protocol/messages/produce.ts'
import type { Message } from '../../protocol/wire/schema.ts'
import type { SimContext } from '../sim/context.ts'
import type { Produced } from '../sim/idempotent-producer.ts'

/** Small and short enough for a run. */
export function seededOptions(random: SeededRandom): ProducerOptions {
  const requestTimeoutMs = random.pick([300, 1500, 1500])
  const lingerMs = random.pick([0, 5, 30])
  return {
    bootstrap: 'broker:9092',
    requestTimeoutMs,
    lingerMs,
    connectTimeoutMs: 1000,
    deliveryTimeoutMs: random.pick([lingerMs + requestTimeoutMs, 3000, 120_000, 120_000]),
    retryBackoffMs: random.pick([20, 100]),
    batchBytes: random.pick([300, 1000, 4000]),
    bufferMemoryBytes: random.pick([8000, 100_000]),
    maxBlockMs: random.pick([1000, 60_000]),
    compression: random.pick(['none', 'none', 'gzip', 'lz4', 'snappy', 'zstd']),
    maxInFlightRequests: random.pick([1, 2, 5, 5]),
  }
}

/** The network, listened in on: each produce request before it leaves. What it carries may be stored, whatever is answered. */
export function tapped(net: Net, context: SimContext, targets: readonly Produced[]): Net {
  const onProduce = (request: Message<typeof produce.request>) => noteSent(request, context, targets)
  const connect: Net['connect'] = async address => {
    const connection = await net.connect(address)
    const send = (parts: readonly SendPart[], done?: () => void) => {
      const { api, apiVersion, reader } = readRequestFrame(Buffer.concat(parts as Uint8Array[]).subarray(4))
      if (api.key === produce.key) onProduce(produce.request.read(apiVersion, reader))
      return connection.send(parts, done)
    }
    return new Proxy(connection, {
      get: (target, key) => {
        if (key === 'send') return send
        const value = Reflect.get(target, key, target) as unknown
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  }
  return { listen: (address, accept) => net.listen(address, accept), connect }
}

function noteSent(
  { topicData }: Message<typeof produce.request>,
  { witness }: SimContext,
  targets: readonly Produced[],
): void {
  for (const { name, topicId, partitionData } of topicData) {
    for (const { index, records } of partitionData) {
      const target = targets.find(
        known => known.index === index && (known.topic.id === topicId || known.topic.name === name),
      )
      if (target) witness.history(target.topic, index).send(batchContent(Buffer.from(records as Buffer)))
    }
  }
}
