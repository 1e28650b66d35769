// Our client's Consumer while its broker is frozen (SIGSTOP), killed (SIGKILL) and started again on the same port and directory: every
// record that was acknowledged is processed, in the order of its partition, and what is committed never passes one that is not.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../free-port.mjs'
import { startKafka } from '../kafka-target.mjs'
import { startMillrace } from '../millrace-target.mjs'
import { pause } from '../ready.mjs'
import { importProtocol } from '../schemas.mjs'

const partitions = 2
const frozenMs = 8000

export const consumerFaults = {
  name: 'consumer-faults',
  needs: ['java'],
  async run({ target, report, tools, settings }) {
    if (!report.wantsSuite('consumer-faults')) return
    const { jars } = await tools.java
    const dataDir = mkdtempSync(join(tmpdir(), 'millrace-compat-consumer-'))
    const options = { dataDir, port: await freePort(), controllerPort: await freePort(), settings }
    const start = () => (target === 'kafka' ? startKafka({ ...options, jars }) : startMillrace(options))
    const own = { broker: await start(), start }
    try {
      for (const protocol of ['classic', 'consumer']) {
        const name = `consumer-faults/frozen, killed, started again: all is processed in order, ${protocol} protocol`
        await report.check(name, () => throughFaults(own, protocol))
      }
    } finally {
      await own.broker.kill()
      rmSync(dataDir, { recursive: true, force: true })
    }
  },
}

async function throughFaults(own, protocol) {
  const topic = `through-faults-${protocol}`
  const load = await startLoad(own.broker, topic)
  const reader = await startReader(own.broker, topic, protocol)
  try {
    await pause(1000)
    process.kill(own.broker.pid, 'SIGSTOP')
    await pause(frozenMs)
    process.kill(own.broker.pid, 'SIGCONT')
    await pause(1000)
    await own.broker.kill()
    await pause(500)
    own.broker = await own.start()
    await pause(2000)
    const acknowledged = await load.stop()
    assert.ok(acknowledged.every(count => count > 50), `a load of ${acknowledged}`) // biome-ignore format: one thought
    await reader.until(acknowledged)
    reader.check(acknowledged)
    await reader.consumer.close()
    await reader.checkCommitted(own.broker, acknowledged)
  } finally {
    await load.stop()
    await reader.consumer.close()
  }
}

/** Numbers for each partition, one after the other; all that were sent are acknowledged when it stops. */
async function startLoad(broker, topic) {
  const { Admin } = await importProtocol('../client/admin/admin.js')
  const { Producer } = await importProtocol('../client/producer/producer.js')
  const admin = new Admin({ bootstrap: broker.bootstrap })
  await admin.topics.create({ name: topic, partitions })
  await admin.close()
  const producer = new Producer({ bootstrap: broker.bootstrap })
  const sent = Array(partitions).fill(0)
  let isOver = false
  const loop = async partition => {
    for (; !isOver; sent[partition] += 1) {
      await producer.send(topic, { partition, value: String(sent[partition]) })
    }
  }
  const loops = Promise.all(sent.map((_, partition) => loop(partition)))
  return {
    async stop() {
      isOver = true
      await loops
      await producer.close()
      return sent
    },
  }
}

async function startReader(broker, topic, protocol) {
  const { Consumer } = await importProtocol('../client/consumer/consumer.js')
  const group = `faults-${protocol}`
  const options = { bootstrap: broker.bootstrap, resetPolicy: 'earliest', group, protocol, autoCommitIntervalMs: 200 }
  const consumer = new Consumer({ ...options, topics: topic })
  const seen = Array.from({ length: partitions }, () => [])
  const handler = ({ partition, value }) => void seen[partition].push(Number(value))
  const run = consumer.run({ handler, concurrency: partitions })
  run.catch(() => {})
  return {
    consumer,
    async until(counts) {
      const isThere = () => seen.every((numbers, partition) => numbers.at(-1) === counts[partition] - 1)
      for (let waited = 0; !isThere(); waited += 50) {
        assert.ok(waited < 60_000, `${seen.map(numbers => numbers.at(-1))} of ${counts}\n${consumer.explain()}`)
        await Promise.race([pause(50), run])
      }
    },
    /** Each number once, in order; after the partition was lost and given anew, again from one that was there before. */
    check(counts) {
      for (const [partition, numbers] of seen.entries()) {
        assert.equal(new Set(numbers).size, counts[partition])
        let highest = -1
        for (const number of numbers) {
          assert.ok(number <= highest + 1, `partition ${partition}: ${number} after ${highest}`)
          highest = Math.max(highest, number)
        }
      }
    },
    async checkCommitted({ bootstrap }, counts) {
      const other = new Consumer({ bootstrap, group })
      const committed = await other.committed(counts.map((_, partition) => ({ topic, partition })))
      for (const { partition, offset } of committed) assert.equal(Number(offset), counts[partition])
      assert.equal(committed.length, partitions)
      await other.close()
    },
  }
}
