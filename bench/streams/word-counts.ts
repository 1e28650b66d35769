// The batch computation beside which the output of the streamed word count is held.

export interface CountRecord {
  readonly word: string
  readonly count: string
}

/**
 * What is wrong with the output for this input, one line per word, none when it is right: each word's records must be 1, 2, 3
 * and so on to its number of occurrences. Whatever was lost, doubled or counted twice breaks a row.
 */
export function wrongCounts(lines: readonly string[], output: readonly CountRecord[]): string[] {
  const expected = occurrences(lines)
  const rows = new Map<string, string[]>()
  for (const { word, count } of output) {
    const row = rows.get(word)
    if (row === undefined) rows.set(word, [count])
    else row.push(count)
  }
  const words = new Set([...expected.keys(), ...rows.keys()])
  return [...words].flatMap(word => wrongRow(word, expected.get(word) ?? 0, rows.get(word) ?? []))
}

/** How often each word occurs. */
export function occurrences(lines: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const word of lines.flatMap(line => line.split(' '))) counts.set(word, (counts.get(word) ?? 0) + 1)
  return counts
}

function wrongRow(word: string, occurs: number, row: readonly string[]): string[] {
  const at = row.findIndex((count, i) => count !== String(i + 1))
  if (at >= 0) return [`${word}: ${row[at]} after ${at === 0 ? 'nothing' : row[at - 1]} (occurs ${occurs} times)`]
  return row.length === occurs ? [] : [`${word}: counted to ${row.length}, occurs ${occurs} times`]
}
