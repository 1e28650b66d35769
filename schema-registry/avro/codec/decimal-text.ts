// Decimals as text: exact, whatever their size. On the wire a decimal is a whole number, big-endian in two's complement, of which
// the last `scale` digits stand behind the point.

import { AvroValueError, expected } from './value-error.ts'

export interface Decimal {
  readonly unscaled: bigint
  readonly scale: number
}

const form = /^(-?)([0-9]+)(?:\.([0-9]+))?$/
/** Digits of one decimal that is read or written. */
const digitsMax = 10_000

export function parseDecimal(value: unknown): Decimal {
  const found = typeof value === 'string' && value.length <= digitsMax ? form.exec(value) : null
  if (!found) throw expected('A decimal as a text, such as "12.50",', value)
  const [, sign, whole, fraction = ''] = found
  return { unscaled: BigInt(`${sign}${whole}${fraction}`), scale: fraction.length }
}

/** The same number with `scale` digits behind the point. */
export function rescaled({ unscaled, scale }: Decimal, wanted: number): bigint {
  if (wanted >= scale) return unscaled * 10n ** BigInt(wanted - scale)
  const divisor = 10n ** BigInt(scale - wanted)
  if (unscaled % divisor === 0n) return unscaled / divisor
  throw new AvroValueError(
    `The decimal has ${scale} digits behind the point and its type ${wanted}; round it before it is written`,
  )
}

export const digitsOf = (unscaled: bigint): number => String(unscaled < 0n ? -unscaled : unscaled).length

export function decimalText({ unscaled, scale }: Decimal): string {
  if (Math.abs(scale) > digitsMax)
    throw new AvroValueError(`A decimal with a scale of ${scale} is too long to be written out`)
  if (scale <= 0) return String(unscaled * 10n ** BigInt(-scale))
  const sign = unscaled < 0n ? '-' : ''
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0')
  return `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

export function bigintOf(bytes: Uint8Array): bigint {
  if (bytes.length === 0) throw new AvroValueError('A decimal of no bytes is no number')
  const { buffer, byteOffset, length } = bytes
  return BigInt.asIntN(length * 8, BigInt(`0x${Buffer.from(buffer, byteOffset, length).toString('hex')}`))
}

/** The fewest bytes, or `size` of them. */
export function bytesOf(value: bigint, size?: number): Uint8Array {
  let length = size ?? 1
  if (size === undefined) while (BigInt.asIntN(length * 8, value) !== value) length++
  else if (BigInt.asIntN(size * 8, value) !== value)
    throw new AvroValueError(`The decimal does not fit into ${size} bytes`)
  const hex = BigInt.asUintN(length * 8, value)
    .toString(16)
    .padStart(length * 2, '0')
  return new Uint8Array(Buffer.from(length === 0 ? '' : hex, 'hex'))
}
