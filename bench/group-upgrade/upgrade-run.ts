// A consumer group under steady load goes from the classic protocol to the new one and back, member by member, while others join
// and leave; judged by what each member says it processed.
// Source: KIP-848, "Online Upgrade" and "Online Downgrade".

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { StartedProgram } from '../comparison/compat-module.ts'
import { startTarget, type TargetName } from '../disk-swap/target.ts'
import { Group, type GroupOptions } from './group.ts'
import type { Protocol } from './member-process.ts'
import { judgeProcessing, type Processing } from './processing.ts'
import { programs, type StartProgram } from './programs.ts'

export interface UpgradeOptions {
  readonly target: TargetName
  /** Upgrades, each with the downgrade behind it. */
  readonly rolls: number
  readonly memberCount: number
  readonly partitionCount: number
  readonly recordsPerSecond: number
  /** Members that come and go in a mixed group, nobody waiting for the group to settle. */
  readonly restlessCount: number
}

export interface UpgradeResult extends Processing {
  readonly upgrades: number
  readonly downgrades: number
  readonly members: number
  /** Whether the records of a member that does not commit are seen to be processed twice. */
  readonly plantedDuplicatesSeen: boolean
}

const settings = {
  'offsets.topic.num.partitions': 5,
  'group.initial.rebalance.delay.ms': 100,
  // Members learn soon what the coordinator wants of them; on a busy machine nobody is to be taken for dead.
  'group.consumer.min.heartbeat.interval.ms': 300,
  'group.consumer.heartbeat.interval.ms': 300,
}
const plantedRecordsPerSecond = 200
const restlessMsMax = 1500

/** Rejects when the broker or a program does not start; whatever the group does wrong is in the result. */
export async function upgradeRun(options: UpgradeOptions): Promise<UpgradeResult> {
  const work = mkdtempSync(join(tmpdir(), 'millrace-group-upgrade-'))
  try {
    const start = await programs()
    const broker = await startTarget(options.target, { logDirs: [join(work, 'data')], settings })
    try {
      const { port } = broker
      const { partitionCount } = options
      const [result, plantedDuplicatesSeen] = await Promise.all([
        new Upgrade(options, { start, port, partitionCount }).run(),
        areDuplicatesSeen({ start, port }),
      ])
      return { ...result, plantedDuplicatesSeen }
    } finally {
      await broker.stop()
    }
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

class Upgrade {
  readonly #options: UpgradeOptions
  readonly #group: Omit<GroupOptions, 'topic' | 'groupId'>
  #upgrades = 0
  #downgrades = 0

  constructor(options: UpgradeOptions, group: Omit<GroupOptions, 'topic' | 'groupId'>) {
    this.#options = options
    this.#group = group
  }

  async run(): Promise<Omit<UpgradeResult, 'plantedDuplicatesSeen'>> {
    const { memberCount, partitionCount, recordsPerSecond, rolls } = this.#options
    const group = await Group.open({ ...this.#group, topic: 'rolled', groupId: 'rolling' })
    const feed = startFeed(this.#group, { topic: 'rolled', partitionCount, recordsPerSecond })
    const faults: string[] = []
    let counts: readonly number[] = []
    try {
      for (let i = 0; i < memberCount; i++) group.join('classic')
      await group.settled()
      for (let roll = 0; roll < rolls; roll++) await this.#roll(group)
      counts = await endFeed(feed)
      await group.committed(counts)
    } catch (error) {
      faults.push((error as Error).message)
      counts = await endFeed(feed)
    }
    await group.close()
    const judged = judgeProcessing(group.everybody, counts)
    const wrong = [...faults, ...group.everybody.flatMap(member => member.faults), ...judged.wrong]
    const members = group.everybody.length
    return { ...judged, wrong, members, upgrades: this.#upgrades, downgrades: this.#downgrades }
  }

  async #roll(group: Group): Promise<void> {
    await this.#change(group, 'consumer')
    this.#upgrades++
    await this.#change(group, 'classic')
    this.#downgrades++
  }

  /** Each member leaves in turn and comes back with the other protocol; in between the group is mixed. */
  async #change(group: Group, protocol: Protocol): Promise<void> {
    const [first, ...others] = [...group.members]
    await replace(group, first!, protocol)
    await group.hasType('consumer')
    await visit(group)
    await this.#beRestless(group)
    for (const member of others) await replace(group, member, protocol)
    await group.hasType(protocol)
  }

  async #beRestless(group: Group): Promise<void> {
    const guests = Array.from({ length: this.#options.restlessCount }, async (_, i) => {
      await pause(Math.random() * restlessMsMax * 2)
      const guest = i % 4 === 3 ? group.joinFranzGo() : group.join(i % 2 ? 'classic' : 'consumer')
      await pause(Math.random() * restlessMsMax * 2)
      await group.leave(guest)
    })
    await Promise.all(guests)
    await group.settled()
  }
}

async function replace(group: Group, member: Group['members'][number], protocol: Protocol): Promise<void> {
  await group.leave(member)
  group.join(protocol)
  await group.settled()
}

/** One more of each protocol and a member of another client join a mixed group; they leave together. */
async function visit(group: Group): Promise<void> {
  const guests = [group.join('classic'), group.join('consumer'), group.joinFranzGo()]
  await group.settled()
  await Promise.all(guests.map(guest => group.leave(guest)))
  await group.settled()
}

interface FeedOptions {
  readonly topic: string
  readonly partitionCount: number
  readonly recordsPerSecond: number
}

export function startFeed(
  { start, port }: { start: StartProgram; port: number },
  options: FeedOptions,
): StartedProgram {
  const { topic, partitionCount, recordsPerSecond } = options
  return start('Feed', [`127.0.0.1:${port}`, topic, String(partitionCount), String(recordsPerSecond)], () => {})
}

/** How many records each partition got. */
export async function endFeed(feed: StartedProgram): Promise<readonly number[]> {
  feed.child.kill('SIGTERM')
  const { stdout, stderr } = await feed.done
  const sent = /^sent (.+)$/m.exec(stdout)?.[1]
  if (!sent) throw new Error(`the records were not all acknowledged: ${stdout}${stderr}`)
  return sent.split(' ').map(Number)
}

/** A member that does not commit leaves in good order; the next one does its records again, which must be seen. */
async function areDuplicatesSeen({ start, port }: { start: StartProgram; port: number }): Promise<boolean> {
  const feedOptions = { topic: 'planted', partitionCount: 1, recordsPerSecond: plantedRecordsPerSecond }
  const group = await Group.open({ start, port, groupId: 'forgetful', ...feedOptions })
  const feed = startFeed({ start, port }, feedOptions)
  const forgetful = group.join('classic', { forgetful: true })
  while (!forgetful.events.some(({ kind }) => kind === 'record')) await pause(20)
  await group.leave(forgetful)
  group.join('consumer')
  await group.settled()
  const counts = await endFeed(feed)
  await group.committed(counts)
  await group.close()
  const { duplicates, wrong } = judgeProcessing(group.everybody, counts)
  return duplicates > 0 && wrong.some(line => line.startsWith('partition 0: processed twice'))
}
