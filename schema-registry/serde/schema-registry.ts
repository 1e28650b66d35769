// A registry as serdes share it: its client, and what was learnt from it. Schemas never change under an id, so they are fetched once;
// which version is the latest does change, and is asked anew from time to time.

import type { Clock } from '../../io/clock.ts'
import { realClock } from '../../io/real-clock.ts'
import type { AvroSchema } from '../avro/avro-schema.ts'
import { avroType } from '../avro/avro-type.ts'
import type { SchemaReference, StoredSchema } from '../registry-client/answers.ts'
import { RegistryClient } from '../registry-client/registry-client.ts'
import { RegistryError } from '../registry-client/registry-error.ts'
import type { RegistryOptions } from '../registry-client/registry-options.ts'
import { resolveReferences } from '../registry-client/resolve-references.ts'
import { InvalidSchemaError } from '../types/invalid-schema-error.ts'
import type { SchemaOf } from './schema-of.ts'
import { SerdeError } from './serde-error.ts'
import { SingleFlightCache } from './single-flight-cache.ts'
import type { SchemaId } from './wire-format.ts'

export interface SchemaRegistryOptions extends RegistryOptions {
  /** Schemas that are kept, by id and by GUID; 1,000 when left out. The ones unused for longest are fetched again. */
  readonly schemasMax?: number | undefined
  /** For how long the latest version of a subject is taken for the latest, in milliseconds; 60,000 when left out. */
  readonly latestForMs?: number | undefined
  /** For how long an id that the registry does not know is not asked for again, in milliseconds; 5,000 when left out. */
  readonly unknownForMs?: number | undefined
}

/** As in the options, with what applies when they say nothing. */
export interface SchemaRegistryLimits {
  readonly schemasMax: number
  readonly latestForMs: number
  readonly unknownForMs: number
}

export const schemaRegistryDefaults: SchemaRegistryLimits = {
  schemasMax: 1000,
  latestForMs: 60_000,
  unknownForMs: 5000,
}

/** A schema and what records call it. */
export interface KnownSchema {
  readonly schema: AvroSchema
  readonly id: number | undefined
  readonly guid: string | undefined
}

export interface Registration {
  readonly subject: string
  readonly schema: SchemaOf
  /** Registers what is not there; otherwise that is an error. */
  readonly registers: boolean
  readonly normalize: boolean
}

export class SchemaRegistry {
  /** For what serdes do not do: compatibility, subjects, versions. */
  readonly client: RegistryClient
  readonly clock: Clock
  readonly limits: SchemaRegistryLimits
  readonly #byId: SingleFlightCache<string, KnownSchema>

  /** Opens nothing. Throws a RegistryError for an address that is none. */
  constructor(options: SchemaRegistryOptions | string) {
    const given = typeof options === 'string' ? { url: options } : options
    this.limits = withDefaults(given)
    const { schemasMax: entriesMax, unknownForMs } = this.limits
    this.client = new RegistryClient(given)
    this.clock = given.world?.clock ?? realClock()
    const isKept = (error: unknown) => error instanceof SerdeError
    this.#byId = new SingleFlightCache({ clock: this.clock, entriesMax, failureMs: unknownForMs, isKept })
  }

  /** How many schemas are kept, for those who look after memory. */
  get schemasKept(): number {
    return this.#byId.size
  }

  /** The schema that records call so, when it is there already. */
  peek(schemaId: SchemaId): KnownSchema | undefined {
    return this.#byId.peek(keyOf(schemaId))
  }

  /**
   * The schema that records call so. Rejects with a SerdeError for one that nobody can read with (SCHEMA_UNKNOWN, SCHEMA_NOT_AVRO,
   * SCHEMA_INVALID), with a RegistryError when the registry cannot be asked.
   */
  schema(schemaId: SchemaId): Promise<KnownSchema> {
    return this.#byId.get(keyOf(schemaId), () => this.#fetch(schemaId))
  }

  /** The latest version of a subject. Not kept here: a serde takes it for the latest for `latestForMs`. */
  async latest(subject: string): Promise<KnownSchema & { readonly id: number }> {
    const found = await this.client.version(subject, 'latest')
    const { schema, guid } = await this.#known(found, found.id, `the latest version of ${subject}`)
    return { schema, guid, id: found.id }
  }

  /** What records written with the schema call it. Not kept here: a serde asks once for each subject. */
  async register(registration: Registration): Promise<{ readonly id: number; readonly guid: string | undefined }> {
    const { id, guid } = await this.#register(registration)
    return { id, guid }
  }

  /** Ends what is under way with CLOSED. */
  close(): void {
    this.client.close()
  }

  /** What it refers to is registered, or found, first. */
  async #register(registration: Registration): Promise<{ id: number; guid: string | undefined; version: number }> {
    const { subject, schema, registers, normalize } = registration
    const references: SchemaReference[] = []
    for (const { name, subject: own = name, schema: referred } of schema.references ?? []) {
      const { version } = await this.#register({ ...registration, subject: own, schema: referred })
      references.push({ name, subject: own, version })
    }
    const text = { schema: schema.schema, ...(references.length > 0 && { references }) }
    const registered = registers ? await this.client.register(subject, text, { normalize }) : undefined
    // Newer registries say with the id all that is needed.
    if (registered?.version !== undefined) return { ...registered, version: registered.version }
    try {
      return await this.client.lookup(subject, text, { normalize })
    } catch (error) {
      if (!(error instanceof RegistryError) || error.errorCode === undefined || error.status !== 404) throw error
      throw new SerdeError('NOT_REGISTERED', `the schema is no version of the subject ${subject}`, { cause: error })
    }
  }

  async #fetch(schemaId: SchemaId): Promise<KnownSchema> {
    const what = nameOf(schemaId)
    try {
      const stored =
        'id' in schemaId ? await this.client.schemaById(schemaId.id) : await this.client.schemaByGuid(schemaId.guid)
      return await this.#known(stored, 'id' in schemaId ? schemaId.id : undefined, what)
    } catch (error) {
      // An answer of somebody who is no registry at all says nothing about the schema.
      if (!(error instanceof RegistryError) || error.code !== 'SCHEMA_NOT_FOUND') throw error
      throw new SerdeError('SCHEMA_UNKNOWN', `the registry ${this.client.url} has no ${what}`, { cause: error })
    }
  }

  async #known(stored: StoredSchema, id: number | undefined, what: string): Promise<KnownSchema> {
    if (stored.schemaType !== avroType.name) throw new SerdeError('SCHEMA_NOT_AVRO', `${what} is ${stored.schemaType}`)
    const references = await resolveReferences(this.client, stored.references)
    try {
      return { schema: avroType.parse(stored.schema, references, { isStored: true }), id, guid: stored.guid }
    } catch (error) {
      if (!(error instanceof InvalidSchemaError)) throw error
      throw new SerdeError('SCHEMA_INVALID', `${what} is no valid Avro: ${error.message}`, { cause: error })
    }
  }
}

function withDefaults(given: SchemaRegistryOptions): SchemaRegistryLimits {
  const { schemasMax, latestForMs, unknownForMs } = schemaRegistryDefaults
  return {
    schemasMax: given.schemasMax ?? schemasMax,
    latestForMs: given.latestForMs ?? latestForMs,
    unknownForMs: given.unknownForMs ?? unknownForMs,
  }
}

const keyOf = (schemaId: SchemaId) => ('id' in schemaId ? `id ${schemaId.id}` : schemaId.guid)
const nameOf = (schemaId: SchemaId) =>
  'id' in schemaId ? `schema with id ${schemaId.id}` : `schema with GUID ${schemaId.guid}`
