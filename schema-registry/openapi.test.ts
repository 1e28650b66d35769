// The document and the server say the same: each answer of each transcript is one that the document describes, and each operation of the
// document is asked there with success.

import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { withoutContextPath } from './routes/context-path.ts'
import { testRegistry } from './testing/test-registry.ts'
import { type Exchange, replayTranscript } from './testing/transcript.ts'

// Fastify's own validator; the project does not use it otherwise.
const ajvModule = createRequire(createRequire(import.meta.url).resolve('fastify'))('ajv')
const Ajv = ajvModule.default ?? ajvModule

interface Operation {
  readonly operationId: string
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, unknown>> }>>
}
interface Document {
  readonly openapi: string
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

const folder = join(import.meta.dirname, 'testdata/transcripts')

async function documentOf(): Promise<Document> {
  const { ask } = await testRegistry()
  return (await ask('GET', '/openapi.json')).body
}

/** The document's path for a URL; names in braces match one part. */
function templateOf({ paths }: Document, url: string): string | undefined {
  const parts = (withoutContextPath(url) ?? '').split('?')[0]!.split('/')
  const matches = Object.keys(paths).filter(template => {
    const wanted = template.split('/')
    return (
      wanted.length === parts.length && wanted.every((part, index) => part.startsWith('{') || part === parts[index])
    )
  })
  // `/schemas/types` is closer than `/schemas/{id}` would be.
  return matches.sort((a, b) => a.split('{').length - b.split('{').length)[0]
}

const pointer = (...parts: readonly string[]) =>
  parts.map(part => `/${encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))}`).join('')

async function exchanges(): Promise<Exchange[]> {
  const found: Exchange[] = []
  for (const name of readdirSync(folder)) {
    await replayTranscript(readFileSync(join(folder, name), 'utf8'), exchange => found.push(exchange))
  }
  return found
}

let replayed: Promise<Exchange[]> | undefined
const allExchanges = () => (replayed ??= exchanges())

describe('the document', () => {
  test('describes each answer', async () => {
    const document = await documentOf()
    const ajv = new Ajv({ strict: false, formats: { int32: true, int64: true } })
    ajv.addSchema(document, 'registry')
    const validators = new Map<string, (body: unknown) => boolean>()
    const validatorOf = (place: string) => {
      const known = validators.get(place) ?? ajv.compile({ $ref: `registry#${place}` })
      validators.set(place, known)
      return known
    }
    const undescribed: string[] = []
    for (const { method, url, answer } of await allExchanges()) {
      const path = templateOf(document, url)
      const operation = path && document.paths[path]![method.toLowerCase()]
      if (!path || !operation) continue
      const response = operation.responses[answer.status]
      const type = String(answer.headers['content-type'])
      const place = ['paths', path, method.toLowerCase(), 'responses', String(answer.status), 'content', type, 'schema']
      const isDescribed =
        response !== undefined &&
        (answer.status === 204 ||
          (response.content?.[type] !== undefined && validatorOf(pointer(...place))(answer.body)))
      if (!isDescribed) undescribed.push(`${method} ${url}: ${answer.status} ${answer.text}`)
    }
    expect(undescribed).toEqual([])
  })

  test('has no operation that is not asked for', async () => {
    const document = await documentOf()
    const asked = new Set(
      (await allExchanges())
        .filter(({ answer }) => answer.status < 300)
        .map(({ method, url }) => `${method.toLowerCase()} ${templateOf(document, url)}`),
    )
    const operations = Object.entries(document.paths).flatMap(([path, of]) =>
      Object.keys(of).map(method => `${method} ${path}`),
    )
    expect(operations.filter(operation => !asked.has(operation))).toEqual([])
    expect(operations).toHaveLength(40)
  })

  test('names each operation once', async () => {
    const { paths } = await documentOf()
    const names = Object.values(paths).flatMap(of => Object.values(of).map(({ operationId }) => operationId))
    expect(new Set(names).size).toBe(names.length)
  })
})
