// Giving up and taking partitions, with a listener that is quick, slow, or wrong.

import { describe, expect, test } from 'vitest'
import { silentLogger } from '../../io/logger.ts'
import { ManualClock } from '../../io/sim/clock.ts'
import { zeroUuid } from '../../protocol/wire/uuid.ts'
import type { GroupListener, OwnedPartition, RevocationTerm } from './group-membership.ts'
import { Handover } from './handover.ts'

const drainTimeoutMs = 1000
const partitions = (...numbers: number[]) => numbers.map(partition => ({ topic: 't', partition, topicId: zeroUuid }))

class Bench {
  readonly clock = new ManualClock()
  readonly events: string[] = []
  readonly handover: Handover
  terms: RevocationTerm[] = []
  #release: (() => void)[] = []

  constructor(listener: Partial<GroupListener> = {}) {
    const note = (what: string, owned: readonly OwnedPartition[]) =>
      this.events.push(
        `${what} ${owned.map(({ partition, ownership }) => `${partition}/${ownership}`).join(' ')}`.trim(),
      )
    this.handover = new Handover({
      clock: this.clock,
      logger: silentLogger,
      drainTimeoutMs,
      listener: {
        assigned: owned => note('assigned', owned),
        revoked: (owned, term) => {
          note('revoked', owned)
          this.terms.push(term)
          return new Promise(resolve => this.#release.push(resolve))
        },
        lost: (owned, reason) => note(`lost (${reason})`, owned),
        failed: () => {},
        ...listener,
      },
    })
  }

  get owned(): number[] {
    return this.handover.owned.map(({ partition }) => partition)
  }

  /** The listener has given up what it was asked for. */
  async release(): Promise<void> {
    this.#release.shift()!()
    await this.clock.run()
  }
}

const all = () => true

describe('taking', () => {
  test('gives each time of owning a number of its own', () => {
    const bench = new Bench()
    bench.handover.assign(partitions(0, 1))
    bench.handover.assign(partitions(1, 2))
    expect(bench.events).toEqual(['assigned 0/1 1/1', 'assigned 2/2'])
    expect(bench.handover.owns({ topic: 't', partition: 1 }, 1)).toBe(true)
    expect(bench.handover.owns({ topic: 't', partition: 1 }, 2)).toBe(false)
    bench.handover.lose('x')
    bench.handover.assign(partitions(1))
    expect(bench.handover.owns({ topic: 't', partition: 1 }, 1)).toBe(false)
  })
})

describe('giving up', () => {
  test('ends when the listener is done; until then it is owned', async () => {
    const bench = new Bench()
    bench.handover.assign(partitions(0, 1))
    let isDone = false
    bench.handover.revoke(({ partition }) => partition === 0).then(() => (isDone = true))
    await bench.clock.run(500)
    expect([isDone, bench.owned, bench.handover.isDraining]).toEqual([false, [0, 1], true])
    await bench.release()
    expect([isDone, bench.owned, bench.handover.isDraining]).toEqual([true, [1], false])
    expect(bench.terms[0]!.signal.aborted).toBe(false)
  })

  test('ends with the budget, whatever the listener does, and the listener is told', async () => {
    const bench = new Bench()
    bench.handover.assign(partitions(0))
    bench.handover.revoke(all)
    await bench.clock.run(drainTimeoutMs - 1)
    expect(bench.terms[0]!.signal.aborted).toBe(false)
    await bench.clock.run(1)
    expect([bench.terms[0]!.signal.aborted, bench.owned]).toEqual([true, []])
    expect(bench.terms[0]!.deadlineMs).toBe(drainTimeoutMs)
    // It is done after all: that does not end the next one.
    bench.handover.assign(partitions(0))
    bench.handover.revoke(all)
    await bench.clock.run()
    await bench.release()
    expect(bench.owned).toEqual([0])
  })

  test('ends when everything is lost', async () => {
    const bench = new Bench()
    bench.handover.assign(partitions(0, 1))
    let isDone = false
    bench.handover.revoke(({ partition }) => partition === 0).then(() => (isDone = true))
    await bench.clock.run()
    bench.handover.lose('fenced')
    await bench.clock.run()
    expect([isDone, bench.owned, bench.terms[0]!.signal.aborted]).toEqual([true, [], true])
    expect(bench.events.at(-1)).toBe('lost (fenced) 0/1 1/1')
  })

  test('happens one after the other', async () => {
    const bench = new Bench()
    bench.handover.assign(partitions(0, 1))
    bench.handover.revoke(({ partition }) => partition === 0)
    bench.handover.revoke(all)
    await bench.clock.run()
    expect(bench.events.slice(1)).toEqual(['revoked 0/1'])
    await bench.release()
    expect(bench.events.slice(1)).toEqual(['revoked 0/1', 'revoked 1/1'])
  })

  test('of nothing does not call anybody', async () => {
    const bench = new Bench()
    await bench.handover.revoke(all)
    bench.handover.lose('x')
    expect(bench.events).toEqual([])
  })
})

describe('a listener that throws', () => {
  test('is done with what it was to give up, and owns what it was given', async () => {
    const wrong = () => {
      throw new Error('a mistake')
    }
    const bench = new Bench({ assigned: wrong, revoked: wrong, lost: wrong })
    bench.handover.assign(partitions(0, 1))
    expect(bench.owned).toEqual([0, 1])
    await bench.handover.revoke(({ partition }) => partition === 0)
    expect(bench.owned).toEqual([1])
    bench.handover.lose('x')
    expect(bench.owned).toEqual([])
  })
})
