// What the records of `_schemas` say, as simply as it can be said, beside the registry's own state: a second opinion on which id
// has which schema, that knows what must never be seen.

import type { SchemasRecord, SchemasSink } from '../../schema-registry/store/schemas-log.ts'

interface SchemaValue {
  readonly subject: string
  readonly version: number
  readonly id: number
  readonly schema: string
}

export class WitnessState implements SchemasSink {
  /** An id with two schemas, a version that is written twice or left out, records out of order. */
  readonly problems: string[] = []
  /** By subject, in the order of the versions. */
  readonly #versions = new Map<string, SchemaValue[]>()
  readonly #schemaOfId = new Map<number, string>()
  #lastOffset = -1n

  apply({ key, value }: SchemasRecord, offset: bigint): void {
    if (offset <= this.#lastOffset) this.problems.push(`offset ${offset} behind ${this.#lastOffset}`)
    this.#lastOffset = offset
    const { keytype } = JSON.parse(key) as { keytype: string }
    if (keytype === 'SCHEMA' && value !== null) this.#applySchema(JSON.parse(value) as SchemaValue)
  }

  idOf(subject: string, schema: string): number | undefined {
    return this.#versions.get(subject)?.find(each => each.schema === schema)?.id
  }

  /** Equal for equal states. */
  describe(): string {
    const subjects = [...this.#versions].map(([subject, versions]) => {
      return `${subject}: ${versions.map(({ version, id, schema }) => `${version}=${id}(${schema})`).join(' ')}`
    })
    return subjects.sort().join('\n')
  }

  #applySchema(value: SchemaValue): void {
    const { subject, version, id, schema } = value
    const known = this.#schemaOfId.get(id)
    if (known !== undefined && known !== schema) this.problems.push(`id ${id} is given to ${known} and ${schema}`)
    this.#schemaOfId.set(id, schema)
    const versions = this.#versions.get(subject) ?? []
    const expected = versions.length + 1
    if (version !== expected) this.problems.push(`${subject} has ${expected - 1} versions and gets version ${version}`)
    versions.push(value)
    this.#versions.set(subject, versions)
  }
}
