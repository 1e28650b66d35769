// What stands in `_schemas`, read by a plain consumer: each id has one schema, each version was written once, terms rise.

import { Consumer } from '../../client/consumer/consumer.ts'
import { claimOf, isNoop } from '../../schema-registry/log/claim.ts'
import { compareTerms, type Term } from '../../schema-registry/log/term.ts'

export interface TopicAudit {
  /** "subject version id schema", sorted: the state that instances must come to. */
  readonly state: readonly string[]
  readonly records: number
  /** Claims, each of which began a leader's term. */
  readonly claims: number
  readonly wrong: readonly string[]
}

interface SchemaValue {
  readonly subject: string
  readonly version: number
  readonly id: number
  readonly schema: string
}

export async function auditTopic(bootstrap: string, topic = '_schemas'): Promise<TopicAudit> {
  const consumer = new Consumer({ bootstrap })
  const audit = new Audit()
  try {
    const place = { topic, partition: 0 }
    const [end] = await consumer.endOffsets([place])
    consumer.assign([{ ...place, offset: 'earliest' }])
    for await (const record of consumer.records()) {
      audit.see(record.key?.toString() ?? '', record.value?.toString() ?? null)
      if (record.offset >= end!.offset - 1) break
    }
    return audit.result()
  } finally {
    await consumer.close({ timeoutMs: 0 })
  }
}

class Audit {
  readonly #wrong: string[] = []
  readonly #state = new Map<string, string>()
  readonly #schemaOfId = new Map<number, string>()
  #records = 0
  #claims = 0
  #term: Term | undefined

  see(key: string, value: string | null): void {
    this.#records += 1
    if (isNoop(key)) this.#seeNoop(value)
    else if (key.includes('"SCHEMA"') && value !== null) this.#seeSchema(JSON.parse(value) as SchemaValue)
  }

  result(): TopicAudit {
    const state = [...this.#state.values()].sort()
    return { state, records: this.#records, claims: this.#claims, wrong: this.#wrong }
  }

  #seeNoop(value: string | null): void {
    const term = claimOf(value)?.term
    if (term === undefined) return
    if (this.#term !== undefined && compareTerms(term, this.#term) <= 0)
      this.#wrong.push('a term was claimed behind a later one')
    this.#term = term
    this.#claims += 1
  }

  #seeSchema({ subject, version, id, schema }: SchemaValue): void {
    const known = this.#schemaOfId.get(id)
    if (known !== undefined && known !== schema) this.#wrong.push(`id ${id} stands in the topic with two schemas`)
    this.#schemaOfId.set(id, schema)
    const place = `${subject} ${version}`
    if (this.#state.has(place)) this.#wrong.push(`${place} was written twice`)
    this.#state.set(place, `${place} ${id} ${schema}`)
  }
}
