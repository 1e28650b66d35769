// Who may ask: names with passwords (basic authentication) and bearer tokens, from a file. A line for each, and `#` starts a comment:
//
//     basic alice sha256:5e88…            may do all
//     bearer ci-pipeline plain-token read  may only read
//
// A secret is kept as its SHA-256 in hexadecimal digits, or as it is. Compared are digests, in a time that does not tell how much is right.

import { createHash, timingSafeEqual } from 'node:crypto'

export type Role = 'all' | 'read'

/** Somebody who has been recognized. */
export interface Principal {
  readonly name: string
  readonly role: Role
}

interface Credential extends Principal {
  readonly scheme: 'basic' | 'bearer'
  readonly digest: Buffer
}

/** A line of a credentials file that says nothing. */
export class CredentialsError extends Error {
  constructor(line: number, sentence: string) {
    super(
      `credentials file, line ${line}: ${sentence}. A line is: basic NAME SECRET [read], or: bearer NAME TOKEN [read]`,
    )
    this.name = 'CredentialsError'
  }
}

export class Credentials {
  readonly #credentials: readonly Credential[]

  constructor(credentials: readonly Credential[]) {
    this.#credentials = credentials
  }

  get count(): number {
    return this.#credentials.length
  }

  /** Who sent this `Authorization` header; undefined when nobody known did. */
  recognize(authorization: string | undefined): Principal | undefined {
    const [, scheme = '', value = ''] = /^(\S+)\s+(\S.*)$/.exec(authorization ?? '') ?? []
    if (scheme.toLowerCase() === 'bearer') return this.#find('bearer', undefined, value.trim())
    if (scheme.toLowerCase() !== 'basic') return undefined
    const pair = Buffer.from(value, 'base64').toString('utf8')
    const colon = pair.indexOf(':')
    return colon < 0 ? undefined : this.#find('basic', pair.slice(0, colon), pair.slice(colon + 1))
  }

  // All are looked at, whoever it is.
  #find(scheme: Credential['scheme'], name: string | undefined, secret: string): Principal | undefined {
    const digest = digestOf(secret)
    const found = this.#credentials.filter(one => {
      const isSecret = timingSafeEqual(one.digest, digest)
      return isSecret && one.scheme === scheme && (name === undefined || one.name === name)
    })
    return found[0] && { name: found[0].name, role: found[0].role }
  }
}

/** @throws CredentialsError that names the line */
export function readCredentials(text: string): Credentials {
  const lines = text
    .split(/\r?\n/)
    .map((line, index) => ({ words: line.replace(/^\s*#.*$/, '').trim(), number: index + 1 }))
  return new Credentials(lines.filter(({ words }) => words !== '').map(({ words, number }) => readLine(words, number)))
}

function readLine(line: string, number: number): Credential {
  const [scheme, name, secret, role, ...more] = line.split(/\s+/)
  if (scheme !== 'basic' && scheme !== 'bearer')
    throw new CredentialsError(number, `"${scheme}" is neither basic nor bearer`)
  if (name === undefined || secret === undefined)
    throw new CredentialsError(number, 'the name or the secret is missing')
  if (scheme === 'basic' && name.includes(':')) throw new CredentialsError(number, 'a name has no colon')
  if ((role !== undefined && role !== 'read') || more.length > 0)
    throw new CredentialsError(number, `"${role}" is not read`)
  return { scheme, name, role: role === 'read' ? 'read' : 'all', digest: keptDigest(secret, number) }
}

function keptDigest(secret: string, number: number): Buffer {
  if (!secret.startsWith('sha256:')) return digestOf(secret)
  const digits = secret.slice('sha256:'.length)
  if (!/^[0-9a-fA-F]{64}$/.test(digits)) throw new CredentialsError(number, 'a SHA-256 has 64 hexadecimal digits')
  return Buffer.from(digits, 'hex')
}

const digestOf = (secret: string) => createHash('sha256').update(secret, 'utf8').digest()
