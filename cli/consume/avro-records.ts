// Records with Avro in them, as they are printed: keys or values as JSON in place of their bytes, each read with the schema that it was
// written with.

import type { ConsumerRecord } from '../../client/consumer/consumer-record.ts'
import type { AvroDecoder } from '../../schema-registry/avro/codec/codec.ts'
import { jsonText } from '../../schema-registry/avro/json-text.ts'
import { valueToJson } from '../../schema-registry/json-form/value-to-json.ts'
import { lastHeader } from '../../schema-registry/serde/record-headers.ts'
import { type KnownSchema, SchemaRegistry } from '../../schema-registry/serde/schema-registry.ts'
import { isRecordAtFault } from '../../schema-registry/serde/serde-error.ts'
import { decoded } from '../../schema-registry/serde/value-bytes.ts'
import { framedOf, type Part, schemaIdHeaders } from '../../schema-registry/serde/wire-format.ts'
import { type RegistryFlags, registryClientOptions } from '../schema/registry-command.ts'
import { Failure, usage } from '../terminal/failure.ts'
import type { Session } from '../terminal/session.ts'
import type { PrintedRecord } from './record-format.ts'

export interface AvroFlags extends RegistryFlags {
  /** "value", "key" or both; true without a word. */
  readonly avro?: string | true
  readonly skipUnreadable?: boolean
}

const settings = { longs: 'either', logicalTypes: true } as const

export class AvroRecords {
  readonly #session: Session
  readonly #registry: SchemaRegistry
  readonly #parts: readonly Part[]
  readonly #skips: boolean
  readonly #decoders = new WeakMap<KnownSchema, AvroDecoder>()

  private constructor(session: Session, registry: SchemaRegistry, parts: readonly Part[], skips: boolean) {
    this.#session = session
    this.#registry = registry
    this.#parts = parts
    this.#skips = skips
  }

  /** Undefined where nothing is to be read as Avro. */
  static async of(session: Session, flags: AvroFlags): Promise<AvroRecords | undefined> {
    if (flags.avro === undefined) return undefined
    const parts = flags.avro === true ? (['value'] as const) : parseParts(flags.avro)
    const registry = new SchemaRegistry(await registryClientOptions(flags))
    return new AvroRecords(session, registry, parts, flags.skipUnreadable ?? false)
  }

  /** What is printed; undefined for a record that is left out. */
  async read(record: ConsumerRecord): Promise<PrintedRecord | undefined> {
    const { topic, partition, offset, timestamp, headers } = record
    const printed = { topic, partition, offset, timestamp, headers, key: record.key, value: record.value }
    try {
      for (const part of this.#parts) printed[part] = await this.#json(record, part)
      return { ...printed, json: this.#parts }
    } catch (error) {
      const place = `${topic}[${partition}]@${offset}`
      if (!isRecordAtFault(error)) throw error
      if (!this.#skips) {
        throw new Failure(`${place}: ${error.message}\n--skip-unreadable leaves such records out, and says so.`)
      }
      this.#session.warn(`${place} left out: ${error.message}`)
      return undefined
    }
  }

  close(): void {
    this.#registry.close()
  }

  async #json(record: ConsumerRecord, part: Part): Promise<Buffer | null> {
    const bytes = record[part]
    if (bytes === null) return null
    const header = lastHeader(record.headers, schemaIdHeaders[part])
    const { schemaId, payload } = framedOf(bytes, header, `the ${part}`)
    const known = this.#registry.peek(schemaId) ?? (await this.#registry.schema(schemaId))
    const value = this.#decoderOf(known, part).decode(payload)
    return Buffer.from(jsonText(valueToJson(known.schema.node, value)))
  }

  #decoderOf(known: KnownSchema, part: Part): AvroDecoder {
    const there = this.#decoders.get(known)
    if (there !== undefined) return there
    const made = decoded(known.schema, undefined, { ...settings, part })
    this.#decoders.set(known, made)
    return made
  }
}

function parseParts(text: string): Part[] {
  const parts = text.split(',').map(part => part.trim())
  if (parts.every(part => part === 'key' || part === 'value')) return [...new Set(parts as Part[])]
  throw usage(`--avro ${text}: it is value (when left out), key, or key,value`)
}
