// A certificate for localhost that signs itself, valid for 100 years: for tests of TLS and for nothing else.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export function selfSigned(): { readonly key: string; readonly cert: string } {
  const read = (name: string) => readFileSync(join(import.meta.dirname, '../testdata/tls', name), 'utf8')
  return { key: read('key.pem'), cert: read('cert.pem') }
}
