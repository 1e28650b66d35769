// Values to bytes and back with the schemas of a registry, for one part of the records of a topic. Works with any client: it takes and
// gives bytes, and headers where ids are in headers.
//
//   const orders = serde({ registry: 'http://127.0.0.1:8081', schema: orderSchema })
//   await producer.send('orders', { key: 'a', value: await orders.serialize('orders', order) })
//   const order = await orders.deserialize(record.value, record.headers)

import type { AvroCodec, AvroDecoder } from '../avro/codec/codec.ts'
import { RegistryError } from '../registry-client/registry-error.ts'
import { lastHeader, type RecordHeaders } from './record-headers.ts'
import type { SchemaOf, SchemaText } from './schema-of.ts'
import { SchemaRegistry } from './schema-registry.ts'
import { SerdeError } from './serde-error.ts'
import { type ReadSchema, readSchema, type SerdeOptions, type Settings, settingsOf } from './serde-options.ts'
import { SingleFlightCache } from './single-flight-cache.ts'
import { decoded, encoded } from './value-bytes.ts'
import { framedOf, guidHeader, type SchemaId, schemaIdHeaders, withId } from './wire-format.ts'

/** Headers that a serde may write to: those of a record that is about to be sent. */
export type HeadersToWrite = { [name: string]: Uint8Array | string | undefined }

/** What is needed to write values under one subject. */
interface Writer {
  readonly codec: AvroCodec
  readonly id: number
  readonly guid: string | undefined
}

/** Subjects for which is known what to write; with the strategy of a user's own there may be many. */
const subjectsMax = 1000

export class Serde<Value, Input = Value> {
  readonly #registry: SchemaRegistry
  readonly #settings: Settings
  readonly #own: ReadSchema | undefined
  readonly #writers: SingleFlightCache<string, Writer>
  /** By what records call a schema. */
  readonly #decoders = new Map<string, AvroDecoder>()

  /** Use `serde(...)`. Throws what is wrong with the options, and an InvalidSchemaError for a schema that is none. */
  constructor(options: SerdeOptions<Value, Input>) {
    const { registry } = options
    this.#registry = registry instanceof SchemaRegistry ? registry : new SchemaRegistry(registry)
    this.#settings = settingsOf(options)
    this.#own = options.schema === undefined ? undefined : readSchema(options.schema)
    const freshMs = this.#settings.use === 'latest' ? this.#registry.limits.latestForMs : undefined
    this.#writers = new SingleFlightCache({ clock: this.#registry.clock, entriesMax: subjectsMax, freshMs })
  }

  /**
   * The bytes of the value as they go into a record of the topic. A record without a value, which deletes its key, needs no serde: send
   * null. Where ids are in headers (`schemaId: 'header'`), `headers` is written to, and must be what the record is sent with.
   * Rejects with a SerdeError (VALUE_DOES_NOT_FIT says where), or a RegistryError.
   */
  async serialize(topic: string, value: Input, headers?: HeadersToWrite): Promise<Buffer> {
    const subject = this.#subject(topic)
    const writer = this.#writers.peek(subject) ?? (await this.#writerOf(subject))
    return this.#framed(writer, value, topic, headers)
  }

  /**
   * `serialize` without a promise for each value, for one topic: asks the registry once. What it answers does not look again for a
   * later version with `use: 'latest'`, and writes ids in front of the bytes only.
   */
  async serializer(topic: string): Promise<(value: Input) => Buffer> {
    if (this.#settings.schemaId === 'header')
      throw new SerdeError('INVALID_ARGUMENT', 'serializer: there are no headers to write to; use serialize')
    const writer = await this.#writerOf(this.#subject(topic))
    return value => this.#framed(writer, value, topic, undefined)
  }

  /**
   * The value in the bytes of a record: as this serde's schema has it, or, without one, as it was written. Null stays null.
   * Rejects with a SerdeError whose `fault` says whether the record is to blame, or a RegistryError when the schema cannot be had.
   */
  deserialize(bytes: Uint8Array, headers?: RecordHeaders): Promise<Value>
  deserialize(bytes: Uint8Array | null | undefined, headers?: RecordHeaders): Promise<Value | null>
  async deserialize(bytes: Uint8Array | null | undefined, headers?: RecordHeaders): Promise<Value | null> {
    if (bytes === null || bytes === undefined) return null
    const { part } = this.#settings
    const { schemaId, payload } = framedOf(bytes, lastHeader(headers, schemaIdHeaders[part]), `the ${part}`)
    const decoder = this.#decoders.get(keyOf(schemaId)) ?? (await this.#decoderOf(schemaId))
    return decoder.decode(payload) as Value
  }

  /** Ends what is under way at the registry. Leaves alone a SchemaRegistry that was given. */
  close(): void {
    if (this.#settings.ownsRegistry) this.#registry.close()
  }

  #subject(topic: string): string {
    const { subject, part } = this.#settings
    const { node } = this.#own?.schema ?? {}
    const recordName = node !== undefined && 'name' in node ? node.name.full : undefined
    return subject({ topic, part, recordName })
  }

  #writerOf(subject: string): Promise<Writer> {
    return this.#writers.get(subject, () => this.#findWriter(subject))
  }

  async #findWriter(subject: string): Promise<Writer> {
    const { use, normalize } = this.#settings
    if (typeof use === 'object') return this.#writerFrom(await this.#registry.schema({ id: use.id }), use.id)
    if (use === 'latest') {
      const latest = await this.#registry.latest(subject)
      this.#checkLatest(latest.schema, subject)
      return this.#writerFrom(latest, latest.id)
    }
    const own = this.#ownOrThrow()
    const registration = { subject, schema: own.source, registers: use === 'register', normalize }
    const { id, guid } = await this.#registry.register(registration)
    return this.#writerFrom({ schema: own.schema, guid }, id)
  }

  async #writerFrom({ schema, guid }: { schema: ReadSchema['schema']; guid: string | undefined }, id: number) {
    const needsGuid = this.#settings.schemaId === 'header'
    const found = guid ?? (needsGuid ? (await this.#registry.client.schemaById(id)).guid : undefined)
    if (needsGuid && found === undefined) {
      throw new RegistryError('REGISTRY_REFUSED', `the registry gives no GUID for the schema with id ${id}`, {
        url: this.#registry.client.url,
        help: 'use `schemaId: "prefix"`, or a newer registry',
      })
    }
    return { codec: this.#settings.codecOf(schema), id, guid: found }
  }

  #ownOrThrow(): ReadSchema {
    if (this.#own !== undefined) return this.#own
    throw new SerdeError('INVALID_ARGUMENT', 'there is no schema to write with', {
      help: 'give `schema`, or take what the registry has: `use: "latest"`, or `use: { id }`',
    })
  }

  /** Values of this program's schema are written with the latest one, which must be able to take all that it may have. */
  #checkLatest(latest: ReadSchema['schema'], subject: string): void {
    const [fault] = this.#own === undefined ? [] : latest.incompatibilitiesWith(this.#own.schema)
    if (fault === undefined) return
    const why = `${fault.type} at ${fault.path || '/'}: ${fault.description}`
    throw new SerdeError(
      'NOT_COMPATIBLE_WITH_LATEST',
      `the latest version of ${subject} does not take all values (${why})`,
    )
  }

  #framed(writer: Writer, value: unknown, topic: string, headers: HeadersToWrite | undefined): Buffer {
    const { part, schemaId } = this.#settings
    const bytes = encoded(writer.codec, value, { part, topic })
    if (schemaId === 'prefix') return withId(writer.id, bytes)
    if (headers === undefined) {
      throw new SerdeError('INVALID_ARGUMENT', 'serialize: ids go into headers here, and there are none', {
        help: 'give the object that the record is sent with: serialize(topic, value, headers)',
      })
    }
    headers[schemaIdHeaders[part]] = guidHeader(writer.guid!)
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  async #decoderOf(schemaId: SchemaId): Promise<AvroDecoder> {
    const { schema } = await this.#registry.schema(schemaId)
    const decoder = decoded(schema, this.#settings.reads === 'own' ? this.#own?.schema : undefined, this.#settings)
    this.#keep(keyOf(schemaId), decoder)
    return decoder
  }

  /** No more than schemas are kept; the one that came first goes. */
  #keep(key: string, decoder: AvroDecoder): void {
    if (this.#decoders.size >= this.#registry.limits.schemasMax)
      this.#decoders.delete(this.#decoders.keys().next().value!)
    this.#decoders.set(key, decoder)
  }
}

const keyOf = (schemaId: SchemaId) => ('id' in schemaId ? `${schemaId.id}` : schemaId.guid)

/** Values and bytes with the schemas of a registry. With what `millrace schema types` writes, the types come with the schema. */
export function serde<Value = unknown, Input = Value>(
  options: SerdeOptions<Value, Input> & { readonly schema: SchemaOf<Value, Input> },
): Serde<Value, Input>
export function serde<Value = unknown, Input = Value>(
  options: SerdeOptions<Value, Input> & { readonly schema?: SchemaText },
): Serde<Value, Input>
export function serde<Value = unknown, Input = Value>(options: SerdeOptions<Value, Input>): Serde<Value, Input> {
  return new Serde(options)
}
