// Three instances of the registry, whose leader is killed again and again while schemas are registered, and now and then stands
// still for longer than its session. In the end nothing that was acknowledged is missing, no id has two schemas, and all instances
// have the same state, which is the topic's.

import { Admin } from '../../client/admin/admin.ts'
import { assignmentOf, urlOf } from '../../schema-registry/leader/instance-identity.ts'
import { RegistrationLoad } from './registration-load.ts'
import { freePorts, RegistryProcess } from './registry-process.ts'
import { auditTopic } from './topic-audit.ts'

export interface FailoverOptions {
  readonly bootstrap: string
  readonly durationMs: number
  /** How often the leader is killed; before every third time it is frozen, too. */
  readonly everyMs: number
  readonly registrationsPerSecond: number
  /** See RegistryProcessOptions. */
  readonly program?: readonly string[]
}

export interface FailoverResult {
  readonly acknowledged: number
  readonly attempts: number
  readonly kills: number
  readonly freezes: number
  readonly claims: number
  readonly longestGapMs: number
  readonly wrong: readonly string[]
}

const instances = 3
const clients = 6
/** A killed instance comes back after so long. */
const downMs = 3000
/** Longer than a session. */
const frozenMs = 9000
const freezeEvery = 3
const settleMsMax = 30_000
const pageLimit = 500

export async function failoverRun(options: FailoverOptions): Promise<FailoverResult> {
  const run = new FailoverRun(options, await freePorts(instances))
  try {
    return await run.run()
  } finally {
    await run.close()
  }
}

class FailoverRun {
  readonly #options: FailoverOptions
  readonly #ports: readonly number[]
  readonly #running = new Map<string, RegistryProcess>()
  readonly #repairs = new Set<Promise<void>>()
  readonly #admin: Admin
  readonly #wrong: string[] = []
  #kills = 0
  #freezes = 0

  constructor(options: FailoverOptions, ports: readonly number[]) {
    this.#options = options
    this.#ports = ports
    this.#admin = new Admin({ bootstrap: options.bootstrap })
  }

  async run(): Promise<FailoverResult> {
    await Promise.all(this.#ports.map(port => this.#start(port)))
    const { durationMs, everyMs, registrationsPerSecond } = this.#options
    const urls = [...this.#running.keys()]
    const load = new RegistrationLoad({ urls, clients, registrationsPerSecond })
    const loading = load.run()
    const endMs = performance.now() + durationMs
    for (let round = 1; performance.now() + everyMs <= endMs; round += 1) {
      await pause(everyMs / 2)
      if (round % freezeEvery === 0) await this.#freezeLeader()
      await pause(everyMs / 2)
      await this.#killLeader()
    }
    await Promise.all(this.#repairs)
    await pause(Math.max(0, endMs - performance.now()))
    load.stop()
    await loading
    const { claims } = await this.#check(load)
    const { acknowledged, attempts, longestGapMs, wrong } = load
    return {
      acknowledged: acknowledged.size,
      attempts,
      kills: this.#kills,
      freezes: this.#freezes,
      claims,
      longestGapMs,
      wrong: [...wrong, ...this.#wrong],
    }
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#repairs)
    await Promise.all([...this.#running.values()].map(registry => registry.kill()))
    await this.#admin.close()
  }

  async #start(port: number): Promise<void> {
    const { bootstrap, program } = this.#options
    const registry = await RegistryProcess.start({ bootstrap, port, ...(program && { program }) })
    this.#running.set(registry.url, registry)
  }

  async #killLeader(): Promise<void> {
    const leader = await this.#leader()
    if (leader === undefined) return
    this.#running.delete(leader.url)
    await leader.kill()
    this.#kills += 1
    this.#later(downMs, () => this.#start(Number(new URL(leader.url).port)))
  }

  async #freezeLeader(): Promise<void> {
    const leader = await this.#leader()
    if (leader === undefined) return
    leader.freeze()
    this.#freezes += 1
    this.#later(frozenMs, async () => leader.thaw())
  }

  #later(ms: number, work: () => Promise<void>): void {
    const repair = pause(ms)
      .then(work)
      .catch(error => void this.#wrong.push((error as Error).message))
      .finally(() => this.#repairs.delete(repair))
    this.#repairs.add(repair)
  }

  /** Whom the group says to lead, if it runs; any one where there is no group. */
  async #leader(): Promise<RegistryProcess | undefined> {
    const group = await this.#admin.groups.describe('schema-registry').catch(() => undefined)
    if (group === undefined) return [...this.#running.values()][this.#kills % this.#running.size]
    for (const { assignmentBytes } of group.members) {
      const leader = assignmentBytes === undefined ? undefined : assignmentOf(assignmentBytes)?.leader
      if (leader !== undefined) return this.#running.get(urlOf(leader))
    }
    return undefined
  }

  async #check(load: RegistrationLoad): Promise<{ claims: number }> {
    const { state, claims, wrong } = await auditTopic(this.#options.bootstrap)
    this.#wrong.push(...wrong)
    for (const registry of this.#running.values()) await this.#compare(registry, state)
    if (this.#running.size !== instances)
      this.#wrong.push(`${this.#running.size} of ${instances} instances run in the end`)
    const ids = new Map(state.map(line => parts(line)))
    for (const { subject, schema, id } of load.acknowledged.values()) {
      const found = ids.get(`${subject} ${id}`)
      if (found !== schema) this.#wrong.push(`a schema of ${subject} was acknowledged with id ${id} and is not there`)
    }
    return { claims }
  }

  async #compare({ url, output }: RegistryProcess, state: readonly string[]): Promise<void> {
    const untilMs = performance.now() + settleMsMax
    for (;;) {
      const own = await stateOf(url).catch((error: Error) => [error.message])
      if (own.join('\n') === state.join('\n')) return
      if (performance.now() > untilMs) {
        this.#wrong.push(`${url} has ${own.length} versions, the topic ${state.length}; it said:\n${output}`)
        return
      }
      await pause(200)
    }
  }
}

function parts(line: string): [string, string] {
  const [, subject, id, schema] = /^(\S+) \d+ (\d+) (.*)$/s.exec(line)!
  return [`${subject} ${id}`, schema!]
}

/** All versions that an instance shows, as the audit of the topic lists them. */
async function stateOf(url: string): Promise<string[]> {
  const lines: string[] = []
  for (let offset = 0; ; offset += pageLimit) {
    const answer = await fetch(`${url}/schemas?offset=${offset}&limit=${pageLimit}`)
    if (answer.status !== 200) throw new Error(`${url}/schemas answered ${answer.status}`)
    const page = (await answer.json()) as { subject: string; version: number; id: number; schema: string }[]
    for (const { subject, version, id, schema } of page) lines.push(`${subject} ${version} ${id} ${schema}`)
    if (page.length < pageLimit) return lines.sort()
  }
}

function pause(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}
