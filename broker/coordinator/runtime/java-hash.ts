// Which partition of an internal topic holds a group or a transactional id. Source: java.lang.String.hashCode and
// org.apache.kafka.common.utils.Utils.abs (which clears the sign: the smallest int becomes 0).

/** Java's String.hashCode: over UTF-16 code units, in 32-bit arithmetic. */
export function javaHashCode(text: string): number {
  let hash = 0
  for (let index = 0; index < text.length; index++) hash = (Math.imul(31, hash) + text.charCodeAt(index)) | 0
  return hash
}

/** The partition of an internal topic with `partitionCount` partitions that holds `key`. */
export function coordinatorPartition(key: string, partitionCount: number): number {
  const hash = javaHashCode(key)
  return (hash === -2147483648 ? 0 : Math.abs(hash)) % partitionCount
}
