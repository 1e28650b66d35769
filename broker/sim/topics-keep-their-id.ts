// A topic whose creation was acknowledged exists, under the same id and with as many partitions, until somebody deletes it;
// one whose deletion was acknowledged does not come back.

import type { Violation } from './violation.ts'

export interface KnownTopic {
  readonly name: string
  readonly id: string
  readonly partitions: number
}

export class TopicsKeepTheirId {
  readonly #existing = new Map<string, KnownTopic>()
  readonly #deleting = new Map<string, KnownTopic>()
  readonly #deleted = new Map<string, KnownTopic>()

  created(topic: KnownTopic): void {
    if (!this.#deleting.has(topic.id) && !this.#deleted.has(topic.id)) this.#existing.set(topic.id, topic)
  }

  /** A deletion is on its way: the topic may be there or not. */
  deleting(id: string): void {
    const topic = this.#existing.get(id)
    if (topic) this.#deleting.set(id, topic)
    this.#existing.delete(id)
  }

  deleted(id: string): void {
    this.deleting(id)
    const topic = this.#deleting.get(id)
    if (topic) this.#deleted.set(id, topic)
    this.#deleting.delete(id)
  }

  /** What the metadata says now; undefined: no such topic. */
  check(topicByName: (name: string) => KnownTopic | undefined): Violation[] {
    const violations: Violation[] = []
    for (const topic of this.#existing.values()) {
      const found = topicByName(topic.name)
      if (found?.id === topic.id && found.partitions >= topic.partitions) continue
      const what = `${nameOf(topic)} was acknowledged, found ${found ? nameOf(found) : 'nothing'}`
      violations.push({ name: 'topicLost', what })
    }
    for (const topic of this.#deleted.values()) {
      if (topicByName(topic.name)?.id !== topic.id) continue
      violations.push({ name: 'topicCameBack', what: `${nameOf(topic)} exists after its deletion was acknowledged` })
    }
    return violations
  }
}

function nameOf({ name, id, partitions }: KnownTopic): string {
  return `topic ${name} (${id}, ${partitions} partitions)`
}
