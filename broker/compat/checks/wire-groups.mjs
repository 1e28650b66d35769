// The classic group protocol on the wire, step by step.
import assert from 'node:assert/strict'
import { pause } from '../ready.mjs'
import { api, errorName, Wire } from '../wire.mjs'
import { isError, untilCoordinated } from './wire-kit.mjs'

export const groupChecks = {
  'group: a first join is told its member id and to join again': memberIdRequired,
  'group: leader and follower sync, each gets its own assignment': leaderAndFollower,
  'group: a member that the leader left out gets an empty assignment': leftOut,
  'group: ten members that join at once are never UNKNOWN_MEMBER_ID': concurrent,
  'group: wrong generations and unknown members': wrongMembers,
  'group: heartbeats tell of a rebalance': rebalanceTold,
  'group: leaving in a batch, with the members that do not exist': batchedLeave,
  'group: commit metadata is returned, version by version': commitMetadata,
  'group: offsets of all partitions, of none, of unknown ones': fetchOffsets,
  'group: ids that are not allowed': invalidIds,
  'group: find coordinator for several keys': coordinators,
}

// What a consumer subscribed to no topic sends. It must parse: Kafka 4.3.0 looks into it, and never answers what does not.
const subscription = '00000000' + '0000ffffffff'
const protocols = [{ name: 'range', metadata: Buffer.from(subscription, 'hex') }]

/** One member on its own connection; each step is one request. */
class Member {
  static async open(kit, groupId) {
    const member = new Member()
    member.wire = await Wire.open(kit.broker)
    Object.assign(member, { groupId, memberId: '', generationId: -1 })
    return member
  }

  joinOnce(more = {}) {
    const body = {
      groupId: this.groupId,
      memberId: this.memberId,
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 10_000,
      protocolType: 'consumer',
      protocols,
    }
    return this.wire.send(api.joinGroup, 9, { ...body, ...more })
  }

  /** Joins, with the second request that a first join asks for. */
  async join() {
    let answer = await untilCoordinated(() => this.joinOnce())
    if (errorName(answer.errorCode) === 'MEMBER_ID_REQUIRED') {
      this.memberId = answer.memberId
      answer = await this.joinOnce()
    }
    isError(answer.errorCode, 'NONE', 'join')
    this.memberId = answer.memberId
    this.generationId = answer.generationId
    this.isLeader = answer.leader === answer.memberId
    this.members = answer.members
    return answer
  }

  sync(assignments = []) {
    return this.wire.send(api.syncGroup, 5, {
      ...this.#identity(),
      protocolType: 'consumer',
      protocolName: 'range',
      assignments,
    })
  }

  heartbeat(more = {}) {
    return this.wire.send(api.heartbeat, 4, { ...this.#identity(), ...more })
  }

  #identity() {
    return { groupId: this.groupId, generationId: this.generationId, memberId: this.memberId }
  }
}

async function withMembers(kit, count, body) {
  const groupId = kit.name('g')
  const members = []
  try {
    for (let i = 0; i < count; i++) members.push(await Member.open(kit, groupId))
    await kit.coordinator(members[0].wire)
    return await body(members)
  } finally {
    for (const member of members) member.wire.close()
  }
}

/** All join until all are in one generation, then sync; the leader assigns each its number. */
async function settle(members) {
  for (let tries = 0; tries < 50; tries++) {
    await Promise.all(members.map(member => member.join()))
    const generations = new Set(members.map(member => member.generationId))
    const leader = members.find(member => member.isLeader)
    if (generations.size > 1 || leader?.members.length !== members.length) continue
    const assignments = members.map((member, i) => ({
      memberId: member.memberId,
      assignment: Buffer.from(`share ${i}`),
    }))
    const answers = await Promise.all(members.map(member => member.sync(member === leader ? assignments : [])))
    if (answers.some(answer => errorName(answer.errorCode) === 'REBALANCE_IN_PROGRESS')) continue
    return answers
  }
  throw new Error('the members do not come into one generation')
}

async function memberIdRequired(kit) {
  await withMembers(kit, 1, async ([member]) => {
    const first = await untilCoordinated(() => member.joinOnce())
    isError(first.errorCode, 'MEMBER_ID_REQUIRED')
    assert.match(first.memberId, /^compat-[0-9a-f-]{36}$/, 'client id, dash, uuid')
    member.memberId = first.memberId
    const second = await member.join()
    assert.deepEqual(
      [second.generationId, second.leader, second.protocolName, second.protocolType, second.skipAssignment],
      [1, first.memberId, 'range', 'consumer', false],
    )
    assert.deepEqual(
      second.members.map(each => [each.memberId, each.groupInstanceId, each.metadata.toString('hex')]),
      [[first.memberId, null, subscription]],
    )
    member.memberId = 'nobody-knows'
    isError((await member.joinOnce()).errorCode, 'UNKNOWN_MEMBER_ID')
    isError((await member.joinOnce({ memberId: '', groupId: '' })).errorCode, 'INVALID_GROUP_ID')
    isError((await member.joinOnce({ memberId: '', protocolType: 'connect' })).errorCode, 'INCONSISTENT_GROUP_PROTOCOL')
    isError((await member.joinOnce({ memberId: '', protocols: [] })).errorCode, 'INCONSISTENT_GROUP_PROTOCOL')
  })
}

async function leaderAndFollower(kit) {
  await withMembers(kit, 3, async members => {
    const answers = await settle(members)
    for (const [i, answer] of answers.entries()) {
      isError(answer.errorCode, 'NONE')
      assert.equal(answer.assignment.toString(), `share ${i}`)
      assert.deepEqual([answer.protocolType, answer.protocolName], ['consumer', 'range'])
    }
    const followers = members.filter(member => !member.isLeader)
    assert.equal(followers.length, 2)
    for (const follower of followers) assert.deepEqual(follower.members, [], 'only the leader is told who is there')
    for (const member of members) isError((await member.heartbeat()).errorCode, 'NONE')
    const again = await members[0].sync()
    assert.equal(again.assignment.toString(), 'share 0', 'a stable group answers a repeated sync')
  })
}

async function leftOut(kit) {
  await withMembers(kit, 1, async ([member]) => {
    await member.join()
    const answer = await member.sync([])
    isError(answer.errorCode, 'NONE')
    assert.equal(answer.assignment.length, 0)
    const described = await member.wire.send(api.describeGroups, 5, { groups: [member.groupId] })
    assert.equal(described.groups[0].groupState, 'Stable')
    assert.equal(described.groups[0].members[0].memberAssignment.length, 0)
  })
}

async function concurrent(kit) {
  await withMembers(kit, 10, async members => {
    const answers = await settle(members)
    assert.deepEqual(answers.map(answer => answer.assignment.toString()), members.map((_, i) => `share ${i}`)) // biome-ignore format: one thought
    const leader = members.find(member => member.isLeader)
    const leaving = members.filter(member => member !== leader).slice(0, 3)
    await Promise.all(
      leaving.map(member =>
        member.wire.send(api.leaveGroup, 5, { groupId: member.groupId, members: [{ memberId: member.memberId }] }),
      ),
    )
    const left = members.filter(member => !leaving.includes(member))
    assert.equal((await settle(left)).length, 7)
  })
}

async function wrongMembers(kit) {
  await withMembers(kit, 1, async ([member]) => {
    await settle([member])
    const { generationId, groupId } = member
    isError((await member.heartbeat({ generationId: generationId + 1 })).errorCode, 'ILLEGAL_GENERATION')
    isError((await member.heartbeat({ memberId: 'nobody' })).errorCode, 'UNKNOWN_MEMBER_ID')
    isError((await member.heartbeat({ groupId: kit.name('missing') })).errorCode, 'UNKNOWN_MEMBER_ID')
    isError((await member.heartbeat({ groupInstanceId: 'never-seen' })).errorCode, 'UNKNOWN_MEMBER_ID')
    const topic = await kit.topic(member.wire)
    const commit = async more => {
      const topics = [{ name: topic.name, partitions: [{ partitionIndex: 0, committedOffset: 1 }] }]
      const body = { groupId, generationIdOrMemberEpoch: generationId, memberId: member.memberId, topics, ...more }
      return (await member.wire.send(api.offsetCommit, 8, body)).topics[0].partitions[0].errorCode
    }
    isError(await commit({}), 'NONE')
    isError(await commit({ generationIdOrMemberEpoch: generationId - 1 }), 'ILLEGAL_GENERATION')
    isError(await commit({ memberId: 'nobody' }), 'UNKNOWN_MEMBER_ID')
    isError(await commit({ memberId: '', generationIdOrMemberEpoch: -1 }), 'UNKNOWN_MEMBER_ID')
  })
}

async function rebalanceTold(kit) {
  await withMembers(kit, 2, async ([first, second]) => {
    await settle([first])
    const joining = second.join()
    let code = 'NONE'
    for (let tries = 0; code === 'NONE' && tries < 200; tries++) {
      code = errorName((await first.heartbeat()).errorCode)
      await pause(20)
    }
    assert.equal(code, 'REBALANCE_IN_PROGRESS')
    isError((await first.sync()).errorCode, 'REBALANCE_IN_PROGRESS')
    await first.join()
    await joining
    assert.deepEqual([first.generationId, second.generationId], [2, 2])
  })
}

async function batchedLeave(kit) {
  await withMembers(kit, 3, async members => {
    await settle(members)
    const [first, second, third] = members
    const leaving = [{ memberId: first.memberId }, { memberId: 'nobody' }, { memberId: '', groupInstanceId: 'never-seen' }, { memberId: second.memberId }] // biome-ignore format: a table
    const answer = await third.wire.send(api.leaveGroup, 5, { groupId: third.groupId, members: leaving })
    isError(answer.errorCode, 'NONE')
    assert.deepEqual(
      answer.members.map(each => errorName(each.errorCode)),
      ['NONE', 'UNKNOWN_MEMBER_ID', 'UNKNOWN_MEMBER_ID', 'NONE'],
    )
    isError((await first.heartbeat()).errorCode, 'UNKNOWN_MEMBER_ID')
    await third.join()
    assert.equal(third.members.length, 1)
  })
}

async function commitMetadata(kit) {
  await kit.connected(async wire => {
    const topic = await kit.topic(wire, 2)
    for (let version = 2; version <= 10; version++) {
      const groupId = kit.name('g')
      const partitions = [
        { partitionIndex: 1, committedOffset: 7, committedLeaderEpoch: 0, committedMetadata: `told in v${version}` },
      ]
      await kit.coordinator(wire)
      await untilCoordinated(
        async () =>
          (
            await wire.send(api.offsetCommit, version, {
              groupId,
              topics: [{ name: topic.name, topicId: topic.id, partitions }],
            })
          ).topics[0].partitions[0],
      )
      for (let fetchVersion = 1; fetchVersion <= 10; fetchVersion++) {
        const asked = { name: topic.name, topicId: topic.id, partitionIndexes: [0, 1] }
        const body = fetchVersion < 8 ? { groupId, topics: [asked] } : { groups: [{ groupId, topics: [asked] }] }
        const answer = await wire.send(api.offsetFetch, fetchVersion, body)
        const found = (fetchVersion < 8 ? answer : answer.groups[0]).topics[0].partitions
        const what = found.map(each => [each.partitionIndex, Number(each.committedOffset), each.metadata])
        assert.deepEqual(what.sort(), [[0, -1, ''], [1, 7, `told in v${version}`]], `commit v${version}, fetch v${fetchVersion}`) // biome-ignore format: a table
        if (fetchVersion >= 5 && version >= 6)
          assert.equal(found.find(each => each.partitionIndex === 1).committedLeaderEpoch, 0)
      }
    }
  })
}

async function fetchOffsets(kit) {
  await kit.connected(async wire => {
    await kit.coordinator(wire)
    const topic = await kit.topic(wire, 3)
    const groupId = kit.name('g')
    const partitions = [0, 2].map(partitionIndex => ({ partitionIndex, committedOffset: partitionIndex + 5 }))
    const unknown = { name: kit.name('missing'), partitions: [{ partitionIndex: 0, committedOffset: 1 }] }
    const ask = () => wire.send(api.offsetCommit, 8, { groupId, topics: [{ name: topic.name, partitions }, unknown] })
    const codeOf = (answer, name) => answer.topics.find(each => each.name === name).partitions[0].errorCode
    await untilCoordinated(async () => ({ errorCode: codeOf(await ask(), topic.name) }))
    const answer = await ask()
    isError(codeOf(answer, topic.name), 'NONE')
    isError(codeOf(answer, unknown.name), 'UNKNOWN_TOPIC_OR_PARTITION')
    const all = await wire.send(api.offsetFetch, 8, {
      groups: [
        { groupId, topics: null },
        { groupId: kit.name('never'), topics: null },
      ],
    })
    const found = new Map(
      all.groups.map(each => [
        each.groupId,
        each.topics.flatMap(({ partitions: own }) => own.map(one => one.partitionIndex)).sort(),
      ]),
    )
    assert.deepEqual([...found.values()], [[0, 2], []])
    assert.deepEqual((await wire.send(api.offsetFetch, 8, { groups: [{ groupId, topics: [] }] })).groups[0].topics, [])
  })
}

async function invalidIds(kit) {
  await kit.connected(async wire => {
    await kit.coordinator(wire)
    const topic = await kit.topic(wire)
    const topics = [{ name: topic.name, partitions: [{ partitionIndex: 0, committedOffset: 0 }] }]
    await untilCoordinated(
      async () => (await wire.send(api.offsetCommit, 8, { groupId: kit.name('g'), topics })).topics[0].partitions[0],
    )
    const described = await wire.send(api.describeGroups, 5, { groups: [kit.name('never')] })
    isError(described.groups[0].errorCode, 'NONE', 'before version 6 an unknown group is a dead one')
    assert.equal(described.groups[0].groupState, 'Dead')
    const stated = await wire.send(api.describeGroups, 6, { groups: [kit.name('never')] })
    isError(stated.groups[0].errorCode, 'GROUP_ID_NOT_FOUND')
    isError(
      (await wire.send(api.heartbeat, 4, { groupId: '', generationId: 1, memberId: 'm' })).errorCode,
      'INVALID_GROUP_ID',
    )
    isError(
      (
        await wire.send(api.syncGroup, 5, {
          groupId: '',
          generationId: 1,
          memberId: 'm',
          protocolType: 'consumer',
          protocolName: 'range',
        })
      ).errorCode,
      'INVALID_GROUP_ID',
    )
    isError((await wire.send(api.deleteGroups, 2, { groupsNames: [''] })).results[0].errorCode, 'GROUP_ID_NOT_FOUND')
  })
}

async function coordinators(kit) {
  await kit.connected(async wire => {
    const keys = [kit.name('g'), kit.name('g'), kit.name('g')]
    const ask = async () =>
      (await wire.send(api.findCoordinator, 6, { keyType: 0, coordinatorKeys: keys })).coordinators
    await untilCoordinated(async () => (await ask()).find(each => each.errorCode !== 0) ?? { errorCode: 0 })
    const found = await ask()
    assert.deepEqual(found.map(each => each.key).sort(), [...keys].sort())
    for (const each of found)
      assert.deepEqual([each.errorCode, each.host, each.port], [0, kit.broker.host, kit.broker.port])
    const wrong = (await wire.send(api.findCoordinator, 4, { keyType: 9, coordinatorKeys: ['x'] })).coordinators[0]
    isError(wrong.errorCode, 'INVALID_REQUEST')
  })
}
