// Cuts a list of encoded records into what fits into one batch each: by bytes, and by number as in Kafka.

/** Records per batch of the metadata log, as in Kafka. */
const batchRecordsMax = 10_000
/** Generous for what a record takes besides its value: lengths, deltas, attributes. */
const recordOverheadBytes = 24
/** The header of a batch, and some. */
const batchOverheadBytes = 128

/** In order; only a record that is larger than `bytesMax` by itself makes a batch beyond it. */
export function inBatches(frames: readonly Buffer[], bytesMax: number): Buffer[][] {
  const batches: Buffer[][] = []
  let bytes = Number.POSITIVE_INFINITY
  for (const frame of frames) {
    const size = frame.length + recordOverheadBytes
    const last = batches.at(-1)
    if (last && last.length < batchRecordsMax && bytes + size <= bytesMax) {
      last.push(frame)
      bytes += size
    } else {
      batches.push([frame])
      bytes = batchOverheadBytes + size
    }
  }
  return batches
}
