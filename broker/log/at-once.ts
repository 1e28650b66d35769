// Running many tasks, a bounded number at a time.

/** Runs `task` for each item, at most `countMax` at once. Rejects with the first error, when no task is under way any more. */
export async function forEachAtOnce<Item>(
  items: Iterable<Item>,
  countMax: number,
  task: (item: Item) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.iterator]()
  const errors: unknown[] = []
  const work = async () => {
    for (let next = iterator.next(); !next.done && errors.length === 0; next = iterator.next()) {
      try {
        await task(next.value)
      } catch (error) {
        errors.push(error)
      }
    }
  }
  await Promise.all(Array.from({ length: countMax }, work))
  if (errors.length > 0) throw errors[0]
}
