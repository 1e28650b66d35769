// fetch with certificates of one's own, which Node's fetch cannot be given.

import { request } from 'node:https'
import type { Fetch } from '../../schema-registry/registry-client/registry-options.ts'

/** `ca`: certificates in PEM. Plain http goes to the global fetch. */
export function fetchTrusting(ca: string): Fetch {
  return (url, { method, headers, body, signal }) => {
    if (!url.startsWith('https:')) return globalThis.fetch(url, { method, headers, body: body ?? null, signal })
    return new Promise((resolve, reject) => {
      const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
      const asking = request(url, { method, headers: { ...headers, ...length }, ca, signal }, answer => {
        const { statusCode: status = 0, headers: answered } = answer
        resolve({ status, headers: { get: name => [answered[name]].flat()[0] ?? null }, body: answer })
      })
      // As fetch: the reason is the cause.
      asking.on('error', cause => reject(new TypeError('fetch failed', { cause })))
      asking.end(body)
    })
  }
}
