// The order in which Java's `new HashSet<>(partitions)` gives partitions back: by their place in the table, which for small
// numbers is the number itself, as long as the table is large enough. Which partitions a member gives up hangs on it.

const tableSizeMin = 16

export function inHashOrder(partitions: ReadonlySet<number>): readonly number[] {
  const wanted = Math.max(Math.floor(partitions.size / 0.75) + 1, tableSizeMin)
  const mask = 2 ** Math.ceil(Math.log2(wanted)) - 1
  const place = (partition: number) => (partition ^ (partition >>> 16)) & mask
  return [...partitions].sort((one, other) => place(one) - place(other))
}
