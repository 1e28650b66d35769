// Sends that are awaited, a few of them at a time.

/** As many requests as Kafka's own producer has under way. */
const sendsAtOnce = 5

/** `send(count)` for `total` records, so many in each, `sendsAtOnce` of them under way. */
export async function inWindow(total, each, send) {
  let left = total
  const sender = async () => {
    while (left > 0) {
      const count = Math.min(each, left)
      left -= count
      await send(count)
    }
  }
  await Promise.all(Array.from({ length: sendsAtOnce }, sender))
}

/** What the fields of a record without a key take beside its value, at most. */
const fieldsBytes = 12

/** Records that fill a batch. */
export const recordsOf = (batchBytes, recordBytes) => Math.floor(batchBytes / (recordBytes + fieldsBytes))
