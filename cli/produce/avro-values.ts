// Values that are typed as JSON and sent as Avro, with a schema of a file, which is registered, or with the latest one of the subject.

import type { AvroNode } from '../../schema-registry/avro/avro-node.ts'
import { AvroValueError } from '../../schema-registry/avro/codec/value-error.ts'
import { readJson } from '../../schema-registry/avro/json-reader.ts'
import { valueFromJson } from '../../schema-registry/json-form/value-from-json.ts'
import type { SchemaFile } from '../../schema-registry/schema-files/schema-files.ts'
import type { ReferenceOf, SchemaOf } from '../../schema-registry/serde/schema-of.ts'
import { SchemaRegistry } from '../../schema-registry/serde/schema-registry.ts'
import { serde } from '../../schema-registry/serde/serde.ts'
import { InvalidSchemaError } from '../../schema-registry/types/invalid-schema-error.ts'
import { readSchemaFiles, schemaPaths } from '../schema/files.ts'
import { type RegistryFlags, registryClientOptions } from '../schema/registry-command.ts'
import { Failure } from '../terminal/failure.ts'
import type { InputRecord } from './record-input.ts'

export interface AvroFlags extends RegistryFlags {
  /** Files: the schema of values first, then what it refers to; true for the latest version of the subject. */
  readonly avro?: readonly string[] | true
}

export class AvroValues {
  readonly #registry: SchemaRegistry
  readonly #node: AvroNode
  readonly #write: (value: unknown) => Buffer

  private constructor(registry: SchemaRegistry, node: AvroNode, write: (value: unknown) => Buffer) {
    this.#registry = registry
    this.#node = node
    this.#write = write
  }

  /** Undefined where values are sent as they are typed. Registers the schema, or finds it, before anything is sent. */
  static async of(flags: AvroFlags, topic: string): Promise<AvroValues | undefined> {
    const { avro } = flags
    if (avro === undefined) return undefined
    const file = avro === true ? undefined : firstFile(avro)
    const registry = new SchemaRegistry(await registryClientOptions(flags))
    try {
      const schema = file === undefined ? undefined : generated(file)
      const node = file?.schema.node ?? (await registry.latest(`${topic}-value`)).schema.node
      const values = schema === undefined ? serde({ registry, use: 'latest' }) : serde({ registry, schema })
      return new AvroValues(registry, node, await values.serializer(topic))
    } catch (error) {
      registry.close()
      throw error
    }
  }

  /** `number`: of the record, from 1, for messages. */
  encoded(record: InputRecord, number: number): InputRecord {
    if (record.value === null) return record
    try {
      const value = valueFromJson(this.#node, readJson(record.value.toString()))
      return { ...record, value: this.#write(value) }
    } catch (error) {
      if (!(error instanceof AvroValueError) && !(error instanceof InvalidSchemaError)) throw error
      throw new Failure(`record ${number}: ${error.message}. What came before it was sent.`)
    }
  }

  close(): void {
    this.#registry.close()
  }
}

/** The file that was named first, whatever it refers to. */
function firstFile(paths: readonly string[]): SchemaFile {
  const [first] = schemaPaths(paths.slice(0, 1))
  return readSchemaFiles(paths).files.find(({ path }) => path === first)!
}

function generated({ schema, needs, references }: SchemaFile): SchemaOf {
  const referred: ReferenceOf[] = needs.map(need => ({
    name: need.name ?? references.find(({ file }) => file === need)!.name,
    schema: generated(need),
  }))
  return { schema: schema.canonicalText, references: referred }
}
