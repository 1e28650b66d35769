// Fingerprints of a schema's Parsing Canonical Form.
// Source: the specification's chapter "Schema Fingerprints"; SchemaNormalization.fingerprint, Avro 1.12.2.

import { createHash } from 'node:crypto'

export type FingerprintKind = 'CRC-64-AVRO' | 'MD5' | 'SHA-256'

/** 8, 16 or 32 bytes; those of the CRC with the lowest first, as in the header of single-object encoding. */
export function fingerprint(kind: FingerprintKind, text: string): Uint8Array {
  const bytes = Buffer.from(text, 'utf8')
  if (kind === 'CRC-64-AVRO') return crc64(bytes)
  return new Uint8Array(
    createHash(kind === 'MD5' ? 'md5' : 'sha256')
      .update(bytes)
      .digest(),
  )
}

/** The polynomial, and the fingerprint of nothing; as two halves, because bitwise operators know 32 bits. */
const [emptyHigh, emptyLow] = [0xc15d213a, 0xa4d7a795]
const table = makeTable()

function makeTable(): { readonly high: Int32Array; readonly low: Int32Array } {
  const [highs, lows] = [new Int32Array(256), new Int32Array(256)]
  for (let byte = 0; byte < 256; byte++) {
    let [high, low] = [0, byte]
    for (let bit = 0; bit < 8; bit++) {
      const mask = -(low & 1)
      low = ((low >>> 1) | (high << 31)) ^ (emptyLow & mask)
      high = (high >>> 1) ^ (emptyHigh & mask)
    }
    highs[byte] = high
    lows[byte] = low
  }
  return { high: highs, low: lows }
}

function crc64(bytes: Uint8Array): Uint8Array {
  let [high, low] = [emptyHigh | 0, emptyLow | 0]
  for (const byte of bytes) {
    const index = (low ^ byte) & 0xff
    low = ((low >>> 8) | (high << 24)) ^ table.low[index]!
    high = (high >>> 8) ^ table.high[index]!
  }
  const result = new Uint8Array(8)
  const view = new DataView(result.buffer)
  view.setInt32(0, low, true)
  view.setInt32(4, high, true)
  return result
}
