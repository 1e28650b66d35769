// Which of the registry's content types a request sends and asks for. All of them are JSON; what differs is their name. Confluent:
// client.rest.Versions and the @Produces and @Consumes of its resources.

/** In the order in which the server would choose. */
export const answerTypes = [
  'application/vnd.schemaregistry.v1+json',
  'application/vnd.schemaregistry+json',
  'application/json',
] as const
export type AnswerType = (typeof answerTypes)[number]

/** What a body may be called. Without a name it is `application/octet-stream`, and taken for JSON. */
export const bodyTypes = [...answerTypes, 'application/octet-stream'] as const

/** The type to answer with; undefined when the client accepts none of them. @param accept the header, undefined when there is none */
export function answerTypeFor(accept: string | undefined): AnswerType | undefined {
  if (accept === undefined || accept.trim() === '' || accept === '*/*') return answerTypes[0]
  const ranges = accept.split(',').map(readRange)
  const offers = answerTypes.map(type => ({ type, quality: qualityOf(type, ranges) }))
  const best = Math.max(...offers.map(({ quality }) => quality))
  return best > 0 ? offers.find(({ quality }) => quality === best)!.type : undefined
}

/** Whether a body with this header is read. */
export function isBodyType(contentType: string | undefined): boolean {
  if (contentType === undefined || contentType === '') return true
  const name = contentType.split(';')[0]!.trim().toLowerCase()
  return bodyTypes.some(type => type === name)
}

interface Range {
  readonly name: string
  readonly quality: number
}

function readRange(text: string): Range {
  const [name = '', ...parameters] = text.split(';').map(part => part.trim().toLowerCase())
  const quality = parameters.find(parameter => parameter.startsWith('q='))
  const value = quality === undefined ? 1 : Number(quality.slice(2))
  return { name, quality: Number.isFinite(value) ? value : 0 }
}

// The closest range counts: a type named in full, then `application/*`, then `*/*`.
function qualityOf(type: string, ranges: readonly Range[]): number {
  for (const name of [type, 'application/*', '*/*']) {
    const range = ranges.find(one => one.name === name)
    if (range) return range.quality
  }
  return 0
}
