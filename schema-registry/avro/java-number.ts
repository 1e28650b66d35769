// A floating-point number as Java writes it, which is what a registry has stored: 1.0E7, 0.5, 100.0.
// Source: Double.toString and Float.toString (JDK 19 and newer: the fewest digits that read back as the same number, at least two).

/** Between these, without an exponent. */
const [plainMin, plainEnd] = [1e-3, 1e7]

export const javaDouble = (value: number): string => javaText(value, shortestDigits(Math.abs(value), 17, Number))

/** `value` is one that a 32-bit float holds. */
export const javaFloat = (value: number): string =>
  javaText(
    value,
    shortestDigits(Math.abs(value), 9, text => Math.fround(Number(text))),
  )

/** The shortest number that reads back as the same float: 0.1 for the float 0.1, which as a double is 0.10000000149. */
export const asFloat = (value: number): number => Number(javaFloat(Math.fround(value)))

/** In the form d.ddde±n. */
function shortestDigits(size: number, digitsMax: number, read: (text: string) => number): string {
  for (let digits = 2; digits < digitsMax; digits++) {
    const text = rounded(size, digits)
    if (read(text) === size) return text
  }
  return rounded(size, digitsMax)
}

const exactDigits = 100

/** To the nearest of so many digits; half way between two, to the even one, where `toExponential` takes the larger. */
function rounded(size: number, digits: number): string {
  const text = size.toExponential(digits - 1)
  const [mantissa, power] = text.split('e')
  if (!/[13579]$/.test(mantissa!)) return text
  const [exact, exactPower] = size.toExponential(exactDigits).split('e')
  // A point stands behind the first digit.
  return /^50*$/.test(exact!.slice(digits + 1)) && power === exactPower
    ? `${exact!.slice(0, digits + 1)}e${power}`
    : text
}

/** `exponential` is the number without its sign. */
function javaText(value: number, exponential: string): string {
  if (Number.isNaN(value)) return 'NaN'
  const sign = value < 0 || Object.is(value, -0) ? '-' : ''
  const size = Math.abs(value)
  if (size === Number.POSITIVE_INFINITY) return `${sign}Infinity`
  const [mantissa, power] = exponential.split('e') as [string, string]
  const exponent = Number(power)
  const digits = mantissa.replace('.', '').replace(/(?<=.)0+$/, '')
  if (size !== 0 && (size < plainMin || size >= plainEnd)) {
    return `${sign}${digits[0]}.${digits.slice(1) || '0'}E${exponent}`
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`
  return `${sign}${digits.slice(0, exponent + 1).padEnd(exponent + 1, '0')}.${digits.slice(exponent + 1) || '0'}`
}
