// "Did you mean …?": the known name that is fewest edits away from a mistyped one.

/** The closest of `names`, or null when none is close enough to be what was meant (a quarter of its length). */
export function closestName(typed: string, names: Iterable<string>): string | null {
  let closest: string | null = null
  let fewest = Math.max(2, Math.floor(typed.length / 4)) + 1
  for (const name of names) {
    if (Math.abs(name.length - typed.length) >= fewest) continue
    const edits = editDistance(typed.toLowerCase(), name.toLowerCase())
    if (edits < fewest) [closest, fewest] = [name, edits]
  }
  return closest
}

/** ` Did you mean NAME?` with its leading space, or nothing. */
export function didYouMean(typed: string, names: Iterable<string>): string {
  const name = closestName(typed, names)
  return name === null ? '' : ` Did you mean ${name}?`
}

/** How many characters must be inserted, removed, replaced or swapped with their neighbour to get from `a` to `b`. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1]
      let edits = Math.min(last[column]! + 1, current[column - 1]! + 1, last[column - 1]! + (same ? 0 : 1))
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      if (swapped) edits = Math.min(edits, beforeLast[column - 2]! + 1)
      current.push(edits)
    }
    beforeLast = last
    last = current
  }
  return last[b.length]!
}
