// Our client's members and Java's in one group under steady load: one joins, leaves or is killed, again and again; judged by what
// each member says it processed.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startTarget, type TargetName } from '../disk-swap/target.ts'
import { Group } from './group.ts'
import type { MemberProcess, Protocol } from './member-process.ts'
import { judgeProcessing, type Processing } from './processing.ts'
import { programs } from './programs.ts'
import { endFeed, startFeed } from './upgrade-run.ts'

export interface MixedOptions {
  readonly target: TargetName
  /** Of Java's members, and of ours. `mixed`: Java's are of both, ours choose. */
  readonly protocol: Protocol | 'mixed'
  /** Joins, leaves and kills. */
  readonly rebalances: number
  /** Whether members are killed as well, which may do records twice. */
  readonly kills: boolean
  readonly partitionCount: number
  readonly recordsPerSecond: number
}

export interface MixedResult extends Processing {
  readonly joins: number
  readonly leaves: number
  readonly killed: number
  readonly frozen: number
}

const settings = {
  'offsets.topic.num.partitions': 5,
  'group.initial.rebalance.delay.ms': 100,
  'group.consumer.min.heartbeat.interval.ms': 300,
  'group.consumer.heartbeat.interval.ms': 300,
}
const membersMax = 6
/** Of a member that is to be killed: the group does without its partitions until then. */
const shortSessionMs = 6000
const settingsWithKills = {
  ...settings,
  'group.consumer.session.timeout.ms': shortSessionMs,
  'group.consumer.min.session.timeout.ms': 1000,
}

/** Rejects when the broker or a program does not start; whatever the group does wrong is in the result. */
export async function mixedRun(options: MixedOptions): Promise<MixedResult> {
  const work = mkdtempSync(join(tmpdir(), 'millrace-mixed-group-'))
  try {
    const start = await programs()
    const broker = await startTarget(options.target, {
      logDirs: [join(work, 'data')],
      settings: options.kills ? settingsWithKills : settings,
    })
    try {
      const { partitionCount, recordsPerSecond } = options
      const place = { start, port: broker.port, partitionCount, topic: 'mixed' }
      const group = await Group.open({ ...place, groupId: 'mixed' })
      const feed = startFeed(place, { topic: 'mixed', partitionCount, recordsPerSecond })
      const run = new Mixed(group, options)
      const faults: string[] = []
      await run.go().catch(error => faults.push((error as Error).message))
      const counts = await endFeed(feed)
      if (faults.length === 0) await group.committed(counts).catch(error => faults.push((error as Error).message))
      await group.close()
      const judged = judgeProcessing(group.everybody, counts)
      const wrong = [...faults, ...group.everybody.flatMap(member => member.faults), ...judged.wrong]
      return { ...judged, wrong, ...run.counts }
    } finally {
      await broker.stop()
    }
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

class Mixed {
  readonly counts = { joins: 0, leaves: 0, killed: 0, frozen: 0 }
  readonly #group: Group
  readonly #options: MixedOptions

  constructor(group: Group, options: MixedOptions) {
    this.#group = group
    this.#options = options
  }

  async go(): Promise<void> {
    this.#join('java')
    this.#join('ours')
    await this.#group.settled()
    for (let round = 0; round < this.#options.rebalances; round += 1) {
      await this.#change(round)
      await this.#group.settled()
    }
  }

  async #change(round: number): Promise<void> {
    const { members } = this.#group
    const any = members[Math.floor(Math.random() * members.length)]!
    const mustJoin = members.length <= 2
    if (mustJoin || (members.length < membersMax && Math.random() < 0.5)) this.#join(round % 2 === 0 ? 'ours' : 'java')
    else if (this.#options.kills && Math.random() < 0.5) await this.#kill(any)
    else await this.#leave(any)
  }

  #join(whose: 'java' | 'ours'): void {
    this.counts.joins += 1
    const { protocol, kills } = this.#options
    const own = protocol === 'mixed' ? (this.counts.joins % 4 < 2 ? 'classic' : 'consumer') : protocol
    if (whose === 'java') {
      this.#group.join(own, kills && own === 'classic' ? { settings: [`session.timeout.ms=${shortSessionMs}`] } : {})
      return
    }
    const chosen = protocol === 'mixed' ? 'auto' : protocol
    const session = kills ? [`session=${shortSessionMs}`] : []
    this.#group.joinOurs(own, [`protocol=${chosen}`, 'assignors=cooperative-sticky', ...session])
  }

  async #leave(member: MemberProcess): Promise<void> {
    this.counts.leaves += 1
    await this.#group.leave(member)
  }

  /** Of ours, every other one is frozen instead, for longer than a session. */
  async #kill(member: MemberProcess): Promise<void> {
    const isOurs = member.name.startsWith('our')
    if (isOurs && this.counts.frozen <= this.counts.killed) {
      this.counts.frozen += 1
      await this.#group.freeze(member, shortSessionMs * 1.5)
      return
    }
    this.counts.killed += 1
    await this.#group.kill(member)
  }
}
