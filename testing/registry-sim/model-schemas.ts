// The least that a registry has to remember: which id which schema has, and under which versions. For simulations of the log
// and the election, whose rules do not depend on what a schema is. Records are those of `_schemas`.

import type { SchemasRecord, SchemasSink } from '../../schema-registry/store/schemas-log.ts'

interface Version {
  readonly version: number
  readonly id: number
  readonly schema: string
}

export class ModelSchemas implements SchemasSink {
  /** What must never be seen: an id with two schemas, a version written twice, records out of order. */
  readonly problems: string[] = []
  readonly #bySubject = new Map<string, Version[]>()
  readonly #schemaOfId = new Map<number, string>()
  readonly #idOfSchema = new Map<string, number>()
  #lastOffset = -1n
  #idMax = 0

  apply({ key, value }: SchemasRecord, offset: bigint): void {
    if (offset <= this.#lastOffset) this.problems.push(`offset ${offset} behind ${this.#lastOffset}`)
    this.#lastOffset = offset
    const { keytype, subject } = JSON.parse(key) as { keytype: string; subject: string }
    if (keytype !== 'SCHEMA' || value === null) return
    const { version, id, schema } = JSON.parse(value) as Version
    const known = this.#schemaOfId.get(id)
    if (known !== undefined && known !== schema) this.problems.push(`id ${id} is given to ${known} and ${schema}`)
    const versions = this.#bySubject.get(subject) ?? []
    if (version !== versions.length + 1)
      this.problems.push(`${subject} has ${versions.length} versions and gets ${version}`)
    versions.push({ version, id, schema })
    this.#bySubject.set(subject, versions)
    this.#schemaOfId.set(id, schema)
    this.#idOfSchema.set(schema, id)
    this.#idMax = Math.max(this.#idMax, id)
  }

  /** The id, or the records that give the schema one. */
  decide(subject: string, schema: string): { readonly id: number; readonly records: readonly SchemasRecord[] } {
    const versions = this.#bySubject.get(subject) ?? []
    const found = versions.find(each => each.schema === schema)
    if (found !== undefined) return { id: found.id, records: [] }
    const id = this.#idOfSchema.get(schema) ?? this.#idMax + 1
    const version = versions.length + 1
    const key = JSON.stringify({ keytype: 'SCHEMA', subject, version, magic: 1 })
    return { id, records: [{ key, value: JSON.stringify({ subject, version, id, schema, deleted: false }) }] }
  }

  idOf(subject: string, schema: string): number | undefined {
    return this.#bySubject.get(subject)?.find(each => each.schema === schema)?.id
  }

  /** Equal for equal states. */
  describe(): string {
    const subjects = [...this.#bySubject].map(([subject, versions]) => {
      return `${subject}: ${versions.map(({ version, id, schema }) => `${version}=${id}(${schema})`).join(' ')}`
    })
    return subjects.sort().join('\n')
  }
}
