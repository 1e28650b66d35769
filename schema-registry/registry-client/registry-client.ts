// A schema registry as those who use it see it: Confluent's HTTP interface, one method for each thing that is asked of it. Nothing is
// kept between calls; who asks often keeps answers (serde/schema-cache.ts).

import type { CompatibilityLevel } from '../evolution/compatibility-levels.ts'
import {
  type CompatibilityVerdict,
  fieldText,
  listOf,
  numbersOf,
  type RegisteredSchema,
  registeredSchemaOf,
  type SchemaText,
  type StoredSchema,
  type SubjectVersion,
  storedSchemaOf,
  subjectVersionOf,
  textsOf,
  verdictOf,
} from './answers.ts'
import { isNotFound } from './registry-error.ts'
import type { RegistryOptions } from './registry-options.ts'
import { type RegistryRequest, RegistryTransport } from './registry-transport.ts'

export interface AskOptions {
  readonly signal?: AbortSignal | undefined
}

export interface RegisterOptions extends AskOptions {
  /** Spelling alone makes no other schema. */
  readonly normalize?: boolean | undefined
}

export interface DeletedOptions extends AskOptions {
  /** Also what was deleted softly. */
  readonly deleted?: boolean | undefined
}

export interface DeleteOptions extends AskOptions {
  /** For good, which is possible after a soft deletion only. */
  readonly permanent?: boolean | undefined
}

type Version = number | 'latest'

const encoded = (text: string | number) => encodeURIComponent(text)
const versionPath = (subject: string, version: Version) => `/subjects/${encoded(subject)}/versions/${version}`

const keyOfVersion = ({ subject, version }: SubjectVersion) => `${version} ${subject}`

/** As many as Confluent's registry gives at once. */
const pageItemsMax = 1000

/**
 * All items: registries may give fewer at once than they are asked for, so that only a page with nothing new is the end, which is
 * also how one ends that knows no pages and gives all each time.
 */
async function paged<Item>(
  page: (offset: number, limit: number) => Promise<Item[]>,
  keyOf: (item: Item) => string,
): Promise<Item[]> {
  const found = new Map<string, Item>()
  for (let offset = 0; ; ) {
    const items = await page(offset, pageItemsMax)
    const before = found.size
    for (const item of items) found.set(keyOf(item), item)
    if (found.size === before || items.length > pageItemsMax) return [...found.values()]
    offset += items.length
  }
}

export class RegistryClient {
  readonly #transport: RegistryTransport

  /** Throws a RegistryError for an address that is none. Opens nothing. */
  constructor(options: RegistryOptions) {
    this.#transport = new RegistryTransport(options)
  }

  /** The addresses, without passwords. */
  get url(): string {
    return this.#transport.url
  }

  /** Ends what is under way with CLOSED. There is nothing else to close. */
  close(): void {
    this.#transport.close()
  }

  // Schemas

  /** Registers the schema under the subject, or finds that it is there: the same schema has the same id. */
  async register(subject: string, schema: SchemaText, options: RegisterOptions = {}): Promise<RegisteredSchema> {
    const { normalize, signal } = options
    const what = `register a schema under ${subject}`
    const path = `/subjects/${encoded(subject)}/versions`
    const request = { method: 'POST', path, query: { normalize }, body: schema, isRepeatable: true, what } as const
    return registeredSchemaOf(await this.#transport.ask(request, signal), what)
  }

  /** The version of the subject that has this schema. Rejects with SUBJECT_NOT_FOUND, SCHEMA_NOT_FOUND. */
  async lookup(
    subject: string,
    schema: SchemaText,
    options: RegisterOptions & DeletedOptions = {},
  ): Promise<SubjectVersion> {
    const { normalize, deleted, signal } = options
    const what = `look up a schema under ${subject}`
    const path = `/subjects/${encoded(subject)}`
    const query = { normalize, deleted }
    const request = { method: 'POST', path, query, body: schema, isRepeatable: true, what } as const
    return subjectVersionOf(await this.#transport.ask(request, signal), what)
  }

  /** `subject`: one that uses the schema, where ids are of a context. Rejects with SCHEMA_NOT_FOUND. */
  async schemaById(id: number, options: AskOptions & { readonly subject?: string } = {}): Promise<StoredSchema> {
    const what = `get the schema with id ${id}`
    const query = { subject: options.subject }
    return storedSchemaOf(await this.#get(`/schemas/ids/${encoded(id)}`, what, options, query), what)
  }

  /** `guid`: as in 0b1f6f0c-... Rejects with SCHEMA_NOT_FOUND. */
  async schemaByGuid(guid: string, options: AskOptions = {}): Promise<StoredSchema> {
    const what = `get the schema with GUID ${guid}`
    return storedSchemaOf(await this.#get(`/schemas/guids/${encoded(guid)}`, what, options), what)
  }

  async version(subject: string, version: Version, options: DeletedOptions = {}): Promise<SubjectVersion> {
    const what = `get version ${version} of ${subject}`
    const query = { deleted: options.deleted }
    return subjectVersionOf(await this.#get(versionPath(subject, version), what, options, query), what)
  }

  /** All versions of the subjects whose names begin with the prefix, or of each the latest one. Asked for in pages. */
  async schemas(
    options: DeletedOptions & { readonly subjectPrefix?: string; readonly latestOnly?: boolean } = {},
  ): Promise<SubjectVersion[]> {
    const { subjectPrefix, latestOnly, deleted } = options
    const what = 'list schemas'
    return paged(async (offset, limit) => {
      const query = { subjectPrefix, latestOnly, deleted, offset, limit }
      return listOf(await this.#get('/schemas', what, options, query), what, subjectVersionOf)
    }, keyOfVersion)
  }

  /** Subjects and versions that use the schema. */
  async versionsOfId(
    id: number,
    options: AskOptions = {},
  ): Promise<{ readonly subject: string; readonly version: number }[]> {
    const what = `list the versions with schema id ${id}`
    const answer = await this.#get(`/schemas/ids/${encoded(id)}/versions`, what, options)
    return listOf(answer, what, each => ({
      subject: fieldText(each, ['subject'], what),
      version: Number((each as { version?: unknown }).version),
    }))
  }

  // Subjects

  /** Asked for in pages. */
  async subjects(options: DeletedOptions & { readonly subjectPrefix?: string } = {}): Promise<string[]> {
    const { subjectPrefix, deleted } = options
    const what = 'list subjects'
    return paged(
      async (offset, limit) => {
        return textsOf(await this.#get('/subjects', what, options, { subjectPrefix, deleted, offset, limit }), what)
      },
      each => each,
    )
  }

  /** Rejects with SUBJECT_NOT_FOUND. */
  async versions(subject: string, options: DeletedOptions = {}): Promise<number[]> {
    const what = `list versions of ${subject}`
    const query = { deleted: options.deleted }
    return numbersOf(await this.#get(`/subjects/${encoded(subject)}/versions`, what, options, query), what)
  }

  /** Answers the versions that were deleted. */
  async deleteSubject(subject: string, options: DeleteOptions = {}): Promise<number[]> {
    const what = `delete subject ${subject}`
    const path = `/subjects/${encoded(subject)}`
    const query = { permanent: options.permanent }
    const request = { method: 'DELETE', path, query, isRepeatable: false, what } as const
    return numbersOf(await this.#transport.ask(request, options.signal), what)
  }

  // Compatibility

  /** What the registry would say of registering it, by the subject's own level. */
  async checkCompatibility(
    subject: string,
    schema: SchemaText,
    options: RegisterOptions & { readonly version?: Version } = {},
  ): Promise<CompatibilityVerdict> {
    const { version, normalize, signal } = options
    const what = `check a schema against ${subject}`
    const one = version === undefined ? '' : `/${version}`
    const path = `/compatibility/subjects/${encoded(subject)}/versions${one}`
    const query = { verbose: true, normalize }
    const request = { method: 'POST', path, query, body: schema, isRepeatable: true, what } as const
    return verdictOf(await this.#transport.ask(request, signal), what)
  }

  /** The subject's own level, or the one that applies to all; without a subject the latter. */
  async compatibilityLevel(subject: string | undefined, options: AskOptions = {}): Promise<CompatibilityLevel> {
    const what = `get the compatibility level of ${subject ?? 'all subjects'}`
    const names = ['compatibilityLevel', 'compatibility']
    try {
      const path = subject === undefined ? '/config' : `/config/${encoded(subject)}`
      const answer = await this.#get(path, what, options, { defaultToGlobal: subject === undefined ? undefined : true })
      return fieldText(answer, names, what) as CompatibilityLevel
    } catch (error) {
      // Some registries answer 404 for a subject without a level of its own, in spite of defaultToGlobal.
      if (subject === undefined || !isNotFound(error)) throw error
      return fieldText(await this.#get('/config', what, options), names, what) as CompatibilityLevel
    }
  }

  async setCompatibilityLevel(
    subject: string | undefined,
    level: CompatibilityLevel,
    options: AskOptions = {},
  ): Promise<void> {
    const what = `set the compatibility level of ${subject ?? 'all subjects'}`
    const path = subject === undefined ? '/config' : `/config/${encoded(subject)}`
    const body = { compatibility: level }
    const request: RegistryRequest = { method: 'PUT', path, body, isRepeatable: true, what }
    await this.#transport.ask(request, options.signal)
  }

  #get(path: string, what: string, options: AskOptions, query?: RegistryRequest['query']): Promise<unknown> {
    return this.#transport.ask({ method: 'GET', path, query, isRepeatable: true, what }, options.signal)
  }
}
