// Ids of members: the client id or instance id, which a person recognises, and a random uuid.

import type { Random } from '../../../io/random.ts'

/** `PREFIX-UUID`, the uuid of version 4 (random). */
export function memberId(prefix: string, random: Random): string {
  const bytes = random.bytes(16)
  bytes[6] = (bytes[6]! & 0x0f) | 0x40
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  const groups = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)]
  return `${prefix}-${groups.join('-')}`
}

/** As org.apache.kafka.common.Uuid.randomUuid prints it: never one that begins with a dash, which a shell takes for an option. */
export function memberUuid(random: Random): string {
  for (;;) {
    const bytes = random.bytes(16)
    bytes[6] = (bytes[6]! & 0x0f) | 0x40
    bytes[8] = (bytes[8]! & 0x3f) | 0x80
    const uuid = bytes.toString('base64url')
    if (!uuid.startsWith('-')) return uuid
  }
}
