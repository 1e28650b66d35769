// Where two answers to the same step differ. Texts of errors are prose and are not compared; their codes are.

import type { Answered } from './conversation.ts'
import type { Step } from './step.ts'

export interface Difference {
  /** The method and path, with names of subjects as `{s}`, of ids and versions as they are. */
  readonly request: string
  /** status, content type, or a place in the body such as `body.versions[0]`. */
  readonly aspect: string
  readonly ours: string
  readonly theirs: string
}

export function differencesOf(step: Step, ours: Answered, theirs: Answered): Difference[] {
  const request = `${step.method} ${step.path}`
  const [ourStatus, theirStatus] = [statusOf(ours), statusOf(theirs)]
  const type: Difference[] =
    ours.contentType === theirs.contentType
      ? []
      : [{ request, aspect: 'content type', ours: ours.contentType, theirs: theirs.contentType }]
  if (ourStatus !== theirStatus) return [{ request, aspect: 'status', ours: ourStatus, theirs: theirStatus }, ...type]
  if (ours.status >= 400) return type
  return [...bodyDifferences(ours.body, theirs.body).map(found => ({ request, ...found })), ...type]
}

/** `404 40401`: the code of the error as well, where there is one. */
function statusOf({ status, body }: Answered): string {
  const { error_code: code } = (typeof body === 'object' && body !== null ? body : {}) as { error_code?: unknown }
  return code === undefined || status < 400 ? String(status) : `${status} ${code}`
}

/** Said of what one of the two does not answer. */
export const absent = 'absent'

export function bodyDifferences(ours: unknown, theirs: unknown, place = 'body'): Array<Omit<Difference, 'request'>> {
  if (Array.isArray(ours) && Array.isArray(theirs) && ours.length === theirs.length)
    return ours.flatMap((item, i) => bodyDifferences(item, theirs[i], `${place}[${i}]`))
  if (isObject(ours) && isObject(theirs)) {
    const names = [...new Set([...Object.keys(ours), ...Object.keys(theirs)])]
    return names.flatMap(name => bodyDifferences(ours[name], theirs[name], `${place}.${name}`))
  }
  const [one, other] = [said(ours), said(theirs)]
  return one === other ? [] : [{ aspect: place, ours: one, theirs: other }]
}

const said = (value: unknown): string => (value === undefined ? absent : JSON.stringify(value))
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
