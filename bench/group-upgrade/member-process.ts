// A member of the group as a process: what it printed so far, which partitions it has, and its end.

import type { StartedProgram } from '../comparison/compat-module.ts'
import type { MemberEvent, MemberHistory } from './processing.ts'

export type Protocol = 'classic' | 'consumer'

const stopMsMax = 60_000
/** Within that time a member that stood still has heard that the group went on without it: its next heartbeat is overdue. */
const aftermathMsMax = 2000
const refusal =
  /^failed to commit: (UNKNOWN_MEMBER_ID|FENCED_MEMBER_EPOCH|STALE_MEMBER_EPOCH|ILLEGAL_GENERATION|REBALANCE_IN_PROGRESS|PARTITION_NOT_OWNED|NOT_IN_GROUP)\b/
const errorCharsShown = 1500

/** Answers the event of a printed line; undefined for lines that are none. */
export function eventOf(line: string): MemberEvent | undefined {
  const [kind, ...rest] = line.split(' ')
  const [partition, timeNs, offset] = rest.map(Number) as [number, number, number]
  if (kind === 'record') return { kind, partition, timeNs, offset, value: rest[3] ?? '' }
  if (kind === 'assigned' || kind === 'revoked' || kind === 'lost') return { kind, partition, timeNs }
  return undefined
}

export class MemberProcess implements MemberHistory {
  readonly name: string
  readonly protocol: Protocol
  readonly events: MemberEvent[] = []
  /** The partitions that it has. */
  readonly owned = new Set<number>()
  /** What it should not have done: a commit that failed, a partition lost, an end that nobody asked for. */
  readonly faults: string[] = []
  readonly #program: StartedProgram
  readonly #started: Promise<unknown>
  #isToEnd = false
  #mayLose = false
  /** Until then a member that stood still may have things in hand that it has lost. By the machine's monotonic clock. */
  #aftermathUntilNs = 0
  /** It has said since that it knows. */
  #knows = true

  constructor(name: string, protocol: Protocol, start: (onLine: (line: string) => void) => StartedProgram) {
    this.name = name
    this.protocol = protocol
    let tellStarted = () => {}
    const started = new Promise<void>(resolve => {
      tellStarted = resolve
    })
    this.#program = start(line => (line === 'started' ? tellStarted() : this.#saw(line)))
    this.#started = Promise.race([started, this.#program.done])
    this.#program.done.then(({ status, stderr }) => {
      if (!this.#isToEnd) this.faults.push(`${name} ended by itself (${status}): ${stderr.slice(-errorCharsShown)}`)
    })
  }

  /** SIGTERM, once it can be told so: it commits, leaves the group and ends. */
  async stop(): Promise<void> {
    await this.#started
    this.#isToEnd = true
    const timer = setTimeout(() => {
      this.faults.push(`${this.name} did not leave within ${stopMsMax} ms`)
      this.#program.child.kill('SIGKILL')
    }, stopMsMax)
    this.#program.child.kill('SIGTERM')
    const { stdout } = await this.#program.done
    clearTimeout(timer)
    if (!/^left$/m.test(stdout)) this.faults.push(`${this.name} did not say that it left`)
    if (this.owned.size > 0) this.faults.push(`${this.name} left with partitions that were not taken from it`)
  }

  /** SIGKILL: what it had is nobody's from then on. */
  async kill(): Promise<void> {
    this.#isToEnd = true
    this.#program.child.kill('SIGKILL')
    await this.#program.done
    this.#hasNothing()
  }

  /** SIGSTOP: what it had is others' after the session timeout, and not its own when it goes on. */
  freeze(): void {
    this.#program.child.kill('SIGSTOP')
    this.#hasNothing()
  }

  /** SIGCONT: it may say that it lost what it had. */
  thaw(): void {
    this.#mayLose = true
    this.#aftermathUntilNs = Number(process.hrtime.bigint()) + aftermathMsMax * 1e6
    this.#knows = false
    this.#program.child.kill('SIGCONT')
  }

  #hasNothing(): void {
    const timeNs = Number(process.hrtime.bigint())
    for (const partition of this.owned) this.events.push({ kind: 'lost', partition, timeNs })
    this.owned.clear()
  }

  #saw(line: string): void {
    const event = eventOf(line)
    const isAftermath = Number(process.hrtime.bigint()) < this.#aftermathUntilNs
    if (event)
      this.events.push(event.kind === 'record' ? { ...event, isAftermath: isAftermath && !this.#knows } : event)
    if (event?.kind === 'lost' || event?.kind === 'assigned') this.#knows = true
    if (event?.kind === 'assigned') this.owned.add(event.partition)
    if (event?.kind === 'revoked' || event?.kind === 'lost') this.owned.delete(event.partition)
    if (event?.kind === 'lost' && !this.#mayLose) this.faults.push(`${this.name} lost partition ${event.partition}`)
    // What it had in hand is refused: that is how it is told.
    if (isAftermath && refusal.test(line)) return
    if (line.startsWith('failed ')) this.faults.push(`${this.name} ${line}`)
  }
}
