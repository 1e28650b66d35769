// Kafka answers a name that stands twice in a request with one error, and does nothing for it.

/** Names that come more than once. */
export function duplicateNames(names: readonly string[]): ReadonlySet<string> {
  const seen = new Set<string>()
  const duplicates = new Set<string>()
  for (const name of names) {
    if (seen.has(name)) duplicates.add(name)
    seen.add(name)
  }
  return duplicates
}
