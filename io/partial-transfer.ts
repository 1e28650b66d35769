// An operating system may transfer less than it was asked for without an error: here it is asked for the rest.

/** Calls `readSome(bytes read so far, position)` until `length` bytes are read or the file ends; answers how many. */
export async function readAll(
  length: number,
  position: number,
  readSome: (filled: number, position: number) => Promise<number>,
): Promise<number> {
  let filled = 0
  while (filled < length) {
    const count = await readSome(filled, position + filled)
    if (count === 0) break
    filled += count
  }
  return filled
}

/** Calls `writeSome` with what is left and where it goes until all is written; false when nothing was taken at all. */
export async function writeAll(
  buffers: readonly Uint8Array[],
  position: number,
  writeSome: (buffers: readonly Uint8Array[], position: number) => Promise<number>,
): Promise<boolean> {
  let left: readonly Uint8Array[] = buffers.filter(buffer => buffer.length > 0)
  let at = position
  while (left.length > 0) {
    const count = await writeSome(left, at)
    if (count === 0) return false
    at += count
    left = dropBytes(left, count)
  }
  return true
}

function dropBytes(buffers: readonly Uint8Array[], count: number): Uint8Array[] {
  let skip = count
  let index = 0
  while (index < buffers.length && skip >= buffers[index]!.length) skip -= buffers[index++]!.length
  if (index === buffers.length) return []
  return [buffers[index]!.subarray(skip), ...buffers.slice(index + 1)]
}
