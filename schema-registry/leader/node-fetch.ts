// Node's fetch as the forwarder needs it. Certificates of an authority of one's own: NODE_EXTRA_CA_CERTS.

import type { Fetch } from './forwarder.ts'

export const nodeFetch: Fetch = async (url, { method, headers, body, signal }) => {
  const answer = await fetch(url, { method, headers, signal, redirect: 'manual', ...(body !== undefined && { body }) })
  return {
    statusCode: answer.status,
    contentType: answer.headers.get('content-type') ?? undefined,
    body: new Uint8Array(await answer.arrayBuffer()),
  }
}
