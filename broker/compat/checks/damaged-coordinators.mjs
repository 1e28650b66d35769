// A broker of its own that stops, and finds a damaged record in one partition of an internal topic when it starts again: whoever
// belongs to that partition is refused, all others go on.
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startKafka } from '../kafka-target.mjs'
import { startMillrace } from '../millrace-target.mjs'
import { pause } from '../ready.mjs'
import { importProtocol } from '../schemas.mjs'
import { api, batches, computedCrcOf, errorName, records } from '../wire.mjs'
import { isError, untilCoordinated, WireKit } from './wire-kit.mjs'

const { isControlBatch } = await importProtocol('records/batch-header.js')
const { coordinatorPartition } = await importProtocol('../broker/coordinator/runtime/java-hash.js')

const partitionCount = 3
const damaged = 1
const ownSettings = {
  'offsets.topic.num.partitions': partitionCount,
  'transaction.state.log.num.partitions': partitionCount,
}

/** One id for each partition, by its number: of a group, and of a transactional producer. */
const ids = Array.from({ length: partitionCount }, (_, partition) => {
  for (let n = 0; ; n++) if (coordinatorPartition(`id-${n}`, partitionCount) === partition) return `id-${n}`
})

/**
 * What is damaged in the value of a record: the version of a committed offset, the status of a transaction. Kafka does not look
 * at checksums of batches when it loads, so both are damage that it notices, whether the checksum is right or not.
 */
const damages = {
  __consumer_offsets: { at: 0, byte: 0x7f },
  __transaction_state: { at: 16, byte: 99 },
}

export const damagedCoordinators = {
  name: 'damaged',
  needs: ['java'],
  async run({ target, report, tools, settings }) {
    if (!report.wantsSuite('damaged')) return
    const { jars } = await tools.java
    for (const checksum of ['right', 'wrong']) {
      const dataDir = mkdtempSync(join(tmpdir(), 'millrace-compat-damaged-'))
      const options = { dataDir, settings: { ...settings, ...ownSettings } }
      const start = () => (target === 'kafka' ? startKafka({ ...options, jars }) : startMillrace(options))
      const scenario = new Scenario(start, checksum === 'right')
      const check = (name, body) => report.check(`damaged/${name}, the checksum is ${checksum}`, body)
      try {
        await check('offsets and transactional ids in each partition', () => scenario.prepare())
        await check('groups of a damaged partition are refused, others go on', () => scenario.groups())
        await check('requests about several groups tell them apart', () => scenario.manyGroups())
        await check('transactional ids of other partitions go on', () => scenario.transactions(target))
        if (target !== 'kafka') await check('the broker says so in one line for each', () => scenario.lines())
        await check('without the damaged directories everybody goes on', () => scenario.goOnWithout())
      } finally {
        await scenario.broker?.kill()
        rmSync(dataDir, { recursive: true, force: true })
      }
    }
  },
}

class Scenario {
  broker
  isDamaged = false

  constructor(start, repairsChecksum) {
    Object.assign(this, { start, repairsChecksum })
  }

  async prepare() {
    this.broker = await this.start()
    await this.#with(async (kit, wire) => {
      this.topic = await kit.topic(wire)
      for (const keyType of [0, 1]) await kit.coordinator(wire, keyType)
      for (const id of ids) {
        isError(await this.#commit(wire, id, 41), 'NONE')
        await kit.initProducer(wire, id)
      }
    })
    await this.broker.stop()
    for (const [topic, { at, byte }] of Object.entries(damages)) {
      const folder = join(this.broker.dataDir, `${topic}-${damaged}`)
      damageFirstValue(folder, at, byte, this.repairsChecksum)
    }
    this.isDamaged = true
    this.broker = await this.start()
    await this.#with(async (_, wire) => {
      for (const id of ids.filter((_, partition) => partition !== damaged)) await this.#fetch(wire, id, { waits: true })
      await pause(500) // the damaged one has been tried as well
    })
  }

  async groups() {
    await this.#with(async (_, wire) => {
      for (const [partition, id] of ids.entries()) {
        const expected = partition === damaged ? 'NOT_COORDINATOR' : 'NONE'
        const { coordinators } = await wire.send(api.findCoordinator, 4, { keyType: 0, coordinatorKeys: [id] })
        isError(coordinators[0].errorCode, 'NONE', `finding the coordinator of ${id}`)
        const fetched = await this.#fetch(wire, id)
        isError(fetched.errorCode, expected, `offsets of ${id}`)
        if (expected === 'NONE') assert.equal(Number(fetched.topics[0].partitions[0].committedOffset), 41)
        isError(await this.#commit(wire, id, 42), expected, `commit of ${id}`)
        for (const [name, answer] of Object.entries(await askAsMember(wire, id))) {
          if (partition === damaged) isError(answer.errorCode, expected, `${name} of ${id}`)
          else assert.notEqual(errorName(answer.errorCode), 'NOT_COORDINATOR', `${name} of ${id}`)
        }
      }
    })
  }

  async manyGroups() {
    await this.#with(async (_, wire) => {
      const codes = list => Object.fromEntries(list.map(one => [one.groupId, errorName(one.errorCode)]))
      const expected = Object.fromEntries(
        ids.map((id, partition) => [id, partition === damaged ? 'NOT_COORDINATOR' : 'NONE']),
      )
      const listed = await wire.send(api.listGroups, 5, { statesFilter: [], typesFilter: [] })
      isError(listed.errorCode, 'NONE', 'list')
      const names = listed.groups.map(group => group.groupId).sort()
      assert.deepEqual(names, ids.filter((_, partition) => partition !== damaged).sort())
      const described = await wire.send(api.describeGroups, 5, { groups: ids })
      assert.deepEqual(codes(described.groups), expected, 'describe')
      const deleted = await wire.send(api.deleteGroups, 2, { groupsNames: ids })
      assert.deepEqual(codes(deleted.results), expected, 'delete')
    })
  }

  /** Kafka loads what stands before the damage and goes on without the rest: a producer that was fenced is not any more. */
  async transactions(target) {
    await this.#with(async (_, wire) => {
      for (const [partition, transactionalId] of ids.entries()) {
        const request = { transactionalId, transactionTimeoutMs: 60_000 }
        const isRefused = partition === damaged && target !== 'kafka'
        const ask = () => wire.send(api.initProducerId, 5, request)
        const answer = isRefused ? await ask() : await untilCoordinated(ask)
        isError(answer.errorCode, isRefused ? 'NOT_COORDINATOR' : 'NONE', transactionalId)
        if (partition !== damaged) assert.equal(answer.producerEpoch, 1, transactionalId)
        const { coordinators } = await wire.send(api.findCoordinator, 4, {
          keyType: 1,
          coordinatorKeys: [transactionalId],
        })
        isError(coordinators[0].errorCode, 'NONE', `finding the coordinator of ${transactionalId}`)
      }
    })
  }

  lines() {
    const printed = this.broker.output().split('\n')
    for (const topic of Object.keys(damages)) {
      const lines = printed.filter(line => line.includes(`${topic}-${damaged}`))
      assert.equal(lines.length, 1, lines.join('\n'))
      assert.match(
        lines[0],
        /"level":50.*could not load.*offset \d+.*NOT_COORDINATOR.*put a sound copy.*or remove the directory/,
        lines[0],
      )
    }
  }

  /** What the broker's line says can be done. */
  async goOnWithout() {
    await this.broker.stop()
    for (const topic of Object.keys(damages))
      rmSync(join(this.broker.dataDir, `${topic}-${damaged}`), { recursive: true })
    this.isDamaged = false
    this.broker = await this.start()
    await this.#with(async (kit, wire) => {
      for (const id of ids) {
        isError(await this.#commit(wire, id, 43), 'NONE')
        const fetched = await this.#fetch(wire, id)
        assert.deepEqual(
          fetched.topics[0].partitions.map(one => Number(one.committedOffset)),
          [43],
        )
        await kit.initProducer(wire, id)
      }
    })
  }

  async #with(body) {
    const kit = new WireKit(this.broker, 'damaged')
    await kit.connected(wire => body(kit, wire))
  }

  async #commit(wire, groupId, committedOffset) {
    const topics = [{ name: this.topic.name, partitions: [{ partitionIndex: 0, committedOffset }] }]
    const ask = async () => {
      const answer = await wire.send(api.offsetCommit, 9, { groupId, topics })
      return answer.topics[0].partitions[0]
    }
    return (this.isDamaged ? await ask() : await untilCoordinated(ask)).errorCode
  }

  async #fetch(wire, groupId, { waits = false } = {}) {
    const ask = async () => (await wire.send(api.offsetFetch, 9, { groups: [{ groupId, topics: null }] })).groups[0]
    return waits ? untilCoordinated(ask) : ask()
  }
}

/** What a member of either protocol asks; none of it is a member here. */
async function askAsMember(wire, groupId) {
  const member = { groupId, memberId: 'nobody', generationId: 1 }
  const join = { sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 10_000, protocolType: 'consumer' }
  const protocols = [{ name: 'range', metadata: Buffer.from('000000000000ffffffff', 'hex') }]
  return {
    join: await wire.send(api.joinGroup, 9, { groupId, memberId: 'nobody', ...join, protocols }),
    sync: await wire.send(api.syncGroup, 5, { ...member, protocolType: 'consumer', protocolName: 'range' }),
    heartbeat: await wire.send(api.heartbeat, 4, member),
    leave: await wire.send(api.leaveGroup, 5, { groupId, members: [{ memberId: 'nobody' }] }),
    consumerGroupHeartbeat: await wire.send(api.consumerGroupHeartbeat, 1, {
      groupId,
      memberId: 'nobody',
      memberEpoch: 5,
    }),
  }
}

/** Sets a byte in the value of the first data record of a partition that has one. */
function damageFirstValue(folder, at, byte, repairsChecksum) {
  for (const name of readdirSync(folder)
    .filter(name => name.endsWith('.log'))
    .sort()) {
    const path = join(folder, name)
    const file = readFileSync(path)
    for (const batch of batches(file)) {
      if (isControlBatch(batch)) continue
      const record = [...records(batch)].find(({ value }) => value !== null)
      if (record === undefined) continue
      record.value[at] = byte // a view of the file's bytes: internal topics are not compressed
      if (repairsChecksum) batch.writeUInt32BE(computedCrcOf(batch), 17)
      writeFileSync(path, file)
      return
    }
  }
  throw new Error(`${folder} holds no record with a value`)
}
