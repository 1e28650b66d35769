// A member chooses its own id (KIP-1082): 16 random bytes as Kafka prints them, without a leading dash, which would be taken for
// an option on a command line. Source: org.apache.kafka.common.Uuid.randomUuid, Kafka 4.3.0.

import type { Random } from '../../../io/random.ts'

export function newMemberId(random: Random): string {
  for (;;) {
    const id = random.bytes(16).toString('base64url')
    if (!id.startsWith('-')) return id
  }
}
