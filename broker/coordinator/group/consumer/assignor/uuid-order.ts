// The order of uuids in Java: two signed 64-bit numbers, the more significant first (org.apache.kafka.common.Uuid.compareTo).

import type { Uuid } from '../../../../../protocol/wire/uuid.ts'

export function compareUuids(one: Uuid, other: Uuid): number {
  const [a, b] = [Buffer.from(one, 'base64url'), Buffer.from(other, 'base64url')]
  return sign(a.readBigInt64BE(0), b.readBigInt64BE(0)) || sign(a.readBigInt64BE(8), b.readBigInt64BE(8))
}

function sign(one: bigint, other: bigint): number {
  if (one === other) return 0
  return one < other ? -1 : 1
}
