// `/contexts/.staging/subjects/orders` is asked as `/subjects/:.staging:orders`: a context before a path goes into the names behind it.
// Confluent: ContextFilter. All on the undecoded path, so that what is encoded stays so.

import { prefixOfContext } from '../store/subject-name.ts'

/** The URL that is meant; undefined when the context is none. Others come back as they are. */
export function withoutContextPath(url: string): string | undefined {
  if (!url.startsWith('/contexts/')) return url
  const [path = '', query] = splitAt(url, '?')
  const [, contextPart = '', ...rest] = path.split('/').filter(part => part !== '')
  if (contextPart === '') return withQuery('/contexts', query)
  const prefix = prefixOfContext(decoded(contextPart))
  if (prefix === undefined) return undefined
  if (rest.length === 0) return withQuery(prefix === '' ? '/' : `/contexts/${encoded(prefix)}`, query)
  return withQuery(pathWithin(prefix, rest), queryWithin(prefix, rest, query))
}

function pathWithin(prefix: string, parts: readonly string[]): string {
  const [first] = parts
  if (parts.length === 1 && first === 'contexts') return '/contexts'
  const isSetting = first === 'config' || first === 'mode'
  if (isSetting && parts.length === 1 && prefix !== '') return `/${first}/${encoded(prefix)}`
  const moved = parts.map((part, index) => {
    const before = parts[index - 1]
    const isSubject = before === 'subjects' || (index === 1 && isSetting)
    return isSubject && parts[index - 2] !== 'subjects' && !hasContext(part) ? encoded(prefix) + part : part
  })
  return `/${moved.join('/')}`
}

function queryWithin(prefix: string, parts: readonly string[], query: string | undefined): string | undefined {
  const path = parts.join('/')
  const name = path.startsWith('schemas/ids')
    ? 'subject'
    : path === 'schemas' || path === 'subjects'
      ? 'subjectPrefix'
      : undefined
  if (name === undefined) return query
  const values = new URLSearchParams(query)
  const given = values.get(name) ?? ''
  if (!hasContext(given)) values.set(name, prefix + given)
  return values.toString()
}

const hasContext = (part: string) => /^:[.*]/.test(decoded(part))

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

// Colons stay readable.
const encoded = (prefix: string) => encodeURIComponent(prefix).replaceAll('%3A', ':')

const withQuery = (path: string, query: string | undefined) => (query ? `${path}?${query}` : path)

function splitAt(text: string, mark: string): [string, string | undefined] {
  const at = text.indexOf(mark)
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
}
