// How deep a JSON text nests, found without reading it into values: a reader that recurses would run out of stack on what a client sends.

const quote = 0x22
const backslash = 0x5c

/** Whether lists and objects nest deeper than `depthMax` anywhere. Texts that are no JSON get some answer too. */
export function isDeeperThan(text: string | Uint8Array, depthMax: number): boolean {
  const bytes = typeof text === 'string' ? Buffer.from(text, 'utf8') : text
  let depth = 0
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte === quote) at = endOfText(bytes, at)
    else if (byte === 0x7b || byte === 0x5b) {
      if (++depth > depthMax) return true
    } else if (byte === 0x7d || byte === 0x5d) depth--
  }
  return false
}

function endOfText(bytes: Uint8Array, start: number): number {
  let at = start + 1
  while (at < bytes.length && bytes[at] !== quote) at += bytes[at] === backslash ? 2 : 1
  return at
}
