// Java's .properties format, byte for byte as java.util.Properties.load(InputStream) reads it, which is how Kafka reads
// server.properties: ISO-8859-1, comments with # and !, `key=value`, `key:value` and `key value`, escapes, lines that a
// backslash continues. A name that comes twice keeps its last value.

/** Reads a file's bytes. Throws an Error naming the line where a \u escape is not followed by four hex digits. */
export function parseProperties(bytes: Uint8Array): Map<string, string> {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
  const properties = new Map<string, string>()
  for (const { content, line } of logicalLines(text)) {
    const { key, value } = splitLine(content)
    properties.set(unescaped(key, line), unescaped(value, line))
  }
  return properties
}

interface LogicalLine {
  readonly content: string
  /** Number of the line it starts on, from 1. */
  readonly line: number
}

/** Lines without comments and blank ones, put together where a backslash continues them, leading blanks taken off. */
function* logicalLines(text: string): Generator<LogicalLine> {
  let content: string | null = null
  let start = 0
  for (const [index, natural] of text
    .replace(/\\[\r\n]$/, '\\')
    .split(/\r\n|\r|\n/)
    .entries()) {
    const line = natural.replace(/^[ \t\f]+/, '')
    if (content === null && /^([#!]|$)/.test(line)) continue
    if (content === null) start = index + 1
    content = (content ?? '') + line
    if (endsInOddBackslashes(line)) {
      content = content.slice(0, -1)
      continue
    }
    if (content !== '') yield { content, line: start }
    content = null
  }
  // The file ends in a backslash, newline or not: Java drops it, and takes even an empty rest for a line.
  if (content !== null) yield { content, line: start }
}

const endsInOddBackslashes = (line: string): boolean => (/\\*$/.exec(line)?.[0].length ?? 0) % 2 === 1

/** Cuts at the first unescaped separator: =, : or blanks, of which one = or : may be surrounded by blanks. */
function splitLine(content: string): { key: string; value: string } {
  let end = 0
  while (end < content.length && !'=: \t\f'.includes(content[end] as string)) end += content[end] === '\\' ? 2 : 1
  end = Math.min(end, content.length)
  const separator = /^[ \t\f]*[=:]?[ \t\f]*/.exec(content.slice(end))?.[0] ?? ''
  return { key: content.slice(0, end), value: content.slice(end + separator.length) }
}

const escapes: Readonly<Record<string, string>> = { t: '\t', r: '\r', n: '\n', f: '\f' }

function unescaped(text: string, line: number): string {
  return text.replace(/\\(?:u(.{0,4})|(.)|$)/gs, (_, hex: string | undefined, plain: string | undefined) => {
    if (hex === undefined) return plain === undefined ? '' : (escapes[plain] ?? plain)
    if (!/^[0-9a-fA-F]{4}$/.test(hex)) throw new Error(`line ${line}: \\u must be followed by four hex digits`)
    return String.fromCharCode(Number.parseInt(hex, 16))
  })
}
