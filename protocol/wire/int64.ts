// int64 as it stands in messages: a number while it is exact, a bigint beyond; nothing is ever rounded.

export type Int64 = number | bigint

/** The value as a safe number, or undefined when it is too large to compute with exactly. */
export function safeNumber(value: Int64): number | undefined {
  if (typeof value === 'number') return value
  const narrowed = Number(value)
  return Number.isSafeInteger(narrowed) ? narrowed : undefined
}

/** A bigint as a number where that is exact, otherwise as it is: the form every decoder answers. */
export function normalizeInt64(value: bigint): Int64 {
  return value >= -9007199254740991n && value <= 9007199254740991n ? Number(value) : value
}
