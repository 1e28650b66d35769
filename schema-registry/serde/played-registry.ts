// A registry that a test plays: it keeps schemas in memory and answers what serdes and commands ask. It judges nothing: a test says
// what it thinks of compatibility.

import type { SubjectVersion } from '../registry-client/answers.ts'
import type { Fetch } from '../registry-client/registry-options.ts'
import { type Answer, type Asked, scriptedFetch } from '../registry-client/scripted-fetch.ts'

interface Body {
  readonly schema: string
  readonly schemaType?: string
  readonly references?: SubjectVersion['references']
}

export class PlayedRegistry {
  readonly fetch: Fetch
  readonly asked: Asked[]
  /** In place of its answers, while it is there. */
  failing: Answer | undefined
  level = 'BACKWARD'
  /** What it says of any schema; 404 when undefined. */
  verdict: { readonly is_compatible: boolean; readonly messages: readonly string[] } | undefined
  readonly #versions: SubjectVersion[] = []
  readonly #texts: string[] = []

  constructor() {
    const { fetch, asked } = scriptedFetch(each => this.failing ?? this.#answer(each))
    this.fetch = fetch
    this.asked = asked
  }

  /** "GET /schemas/ids/1", in order. */
  get questions(): string[] {
    return this.asked.map(({ method, url }) => `${method} ${url.replace(/^http:\/\/[^/]+/, '')}`)
  }

  /** Takes a schema under a subject; answers its version. */
  add(subject: string, body: Body): SubjectVersion {
    const { schema, schemaType = 'AVRO', references = [] } = body
    const there = this.#find(subject, schema)
    if (there !== undefined) return there
    const known = this.#texts.indexOf(schema)
    const id = known >= 0 ? known + 1 : this.#texts.push(schema)
    const version = this.#versions.filter(each => each.subject === subject).length + 1
    const guid = `00000000-0000-4000-8000-${String(id).padStart(12, '0')}`
    const added = { subject, version, id, guid, schema, schemaType, references }
    this.#versions.push(added)
    return added
  }

  #find(subject: string, schema: string): SubjectVersion | undefined {
    return this.#versions.find(each => each.subject === subject && each.schema === schema)
  }

  #answer(asked: Asked): Answer {
    const [kind, name, ...rest] = new URL(asked.url).pathname.slice(1).split('/').map(decodeURIComponent)
    if (kind === 'subjects' && name !== undefined) return this.#ofSubject(asked, name, rest)
    const isFirstPage = Number(new URL(asked.url).searchParams.get('offset') ?? 0) === 0
    if (name === undefined && !isFirstPage) return { json: [] }
    if (kind === 'subjects') return { json: [...new Set(this.#versions.map(({ subject }) => subject))] }
    if (kind === 'config') return { json: { compatibilityLevel: this.level } }
    if (kind === 'compatibility') return this.verdict === undefined ? missing(40401) : { json: this.verdict }
    if (name === undefined) return { json: this.#versions.filter(each => this.#isLatest(each)) }
    return found(
      this.#versions.find(each => String(each.id) === rest[0] || each.guid === rest[0]),
      40403,
    )
  }

  #ofSubject({ method, body }: Asked, subject: string, [kind, version]: readonly string[]): Answer {
    if (method === 'POST' && kind === 'versions') return { json: this.add(subject, body as Body) }
    if (method === 'POST') return found(this.#find(subject, (body as Body).schema), 40403)
    const versions = this.#versions.filter(each => each.subject === subject)
    if (versions.length === 0) return missing(40401)
    if (version === undefined) return { json: versions.map(each => each.version) }
    return found(version === 'latest' ? versions.at(-1) : versions[Number(version) - 1], 40402)
  }

  #isLatest({ subject, version }: SubjectVersion): boolean {
    return !this.#versions.some(other => other.subject === subject && other.version > version)
  }
}

function found(version: SubjectVersion | undefined, errorCode: number): Answer {
  return version === undefined ? missing(errorCode) : { json: version }
}

function missing(errorCode: number): Answer {
  return { status: 404, json: { error_code: errorCode, message: 'not found' } }
}
