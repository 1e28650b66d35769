// Where the registry is, who asks, and how long it may take.

import type { Clock } from '../../io/clock.ts'
import type { Random } from '../../io/random.ts'
import { RegistryError } from './registry-error.ts'

/** What of an HTTP answer is used: the `Response` of fetch is one. */
export interface FetchedAnswer {
  readonly status: number
  readonly headers: { get(name: string): string | null }
  readonly body: AsyncIterable<Uint8Array> | null
}

export interface FetchRequest {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly signal: AbortSignal
}

/** As the global `fetch`: rejects when there is no answer. */
export type Fetch = (url: string, request: FetchRequest) => Promise<FetchedAnswer>

export type RegistryAuth =
  | { readonly username: string; readonly password: string }
  /** A function is asked before each attempt: tokens run out. */
  | { readonly bearer: string | (() => string | Promise<string>) }

export interface RegistryWorld {
  readonly clock: Clock
  readonly random: Random
  readonly fetch: Fetch
}

export interface RegistryOptions {
  /** One address or several of the same registry, also separated by commas; user and password may be in it, and a path. */
  readonly url: string | readonly string[]
  readonly auth?: RegistryAuth | undefined
  /** Sent with each request. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** For a call with all its attempts, in milliseconds. 20,000 when left out. */
  readonly timeoutMs?: number | undefined
  /** For an attempt at one address, in milliseconds. 5,000 when left out. */
  readonly attemptTimeoutMs?: number | undefined
  /** The machine's when left out; tests bring their own. */
  readonly world?: Partial<RegistryWorld> | undefined
}

export const registryDefaults = { timeoutMs: 20_000, attemptTimeoutMs: 5000 } as const

/** An address, and what its user and password say for those who ask there. */
export interface RegistryAddress {
  /** Without user, password and a slash at the end: "http://127.0.0.1:8081". */
  readonly url: string
  readonly authorization: string | undefined
}

/** Throws a RegistryError that names what is wrong. */
export function parseAddresses(url: string | readonly string[]): RegistryAddress[] {
  const texts = (typeof url === 'string' ? [url] : url).flatMap(each => each.split(',')).map(each => each.trim())
  const given = texts.filter(text => text !== '')
  if (given.length === 0) throw new RegistryError('INVALID_ARGUMENT', 'the address of a registry is needed: `url`')
  return given.map(addressOf)
}

function addressOf(text: string): RegistryAddress {
  // A host and a port are a URL too, of a scheme that nobody speaks.
  const full = /^[a-z]+:\/\//i.test(text) ? text : `http://${text}`
  if (!URL.canParse(full)) throw wrongAddress(text)
  const { protocol, host, pathname, username, password, search, hash } = new URL(full)
  if (protocol !== 'http:' && protocol !== 'https:') throw wrongAddress(text)
  if (search !== '' || hash !== '') throw wrongAddress(text)
  const hasUser = username !== '' || password !== ''
  return {
    url: `${protocol}//${host}${pathname.replace(/\/+$/, '')}`,
    authorization: hasUser ? basic(decodeURIComponent(username), decodeURIComponent(password)) : undefined,
  }
}

function wrongAddress(text: string): RegistryError {
  // What was typed may hold a password.
  const shown = text.replace(/\/\/[^/@]*@/, '//***@')
  return new RegistryError('INVALID_ARGUMENT', `"${shown}" is no address of a registry`, {
    help: 'give it as http://HOST:PORT or https://HOST:PORT, with a path if it has one',
  })
}

/** The header `Authorization` for a user and a password (RFC 7617, UTF-8). */
export function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}
