// Bytes as they come, cut into lines. A line ends in a newline, which is not part of it; the last one need not.
// Invariant: no more than one line, of `lineBytesMax` at most, is held back.

import { Failure } from '../terminal/failure.ts'

/** No record can be larger by default (max.request.size, max.message.bytes). */
export const lineBytesMax = 1024 * 1024

const newline = 0x0a

/** `name` is for the message when a line is too long: "orders.txt". */
export async function* linesOf(chunks: AsyncIterable<Buffer>, name: string): AsyncGenerator<Buffer, void, void> {
  let held: Buffer[] = []
  let heldBytes = 0
  let number = 1
  const line = (last: Buffer): Buffer => {
    if (heldBytes + last.length > lineBytesMax) throw tooLong(name, number)
    const whole = held.length === 0 ? last : Buffer.concat([...held, last])
    held = []
    heldBytes = 0
    number += 1
    return whole
  }
  for await (const chunk of chunks) {
    let start = 0
    for (let at = chunk.indexOf(newline); at >= 0; at = chunk.indexOf(newline, start)) {
      yield line(chunk.subarray(start, at))
      start = at + 1
    }
    if (start === chunk.length) continue
    held.push(chunk.subarray(start))
    heldBytes += chunk.length - start
    if (heldBytes > lineBytesMax) throw tooLong(name, number)
  }
  if (heldBytes > 0) yield line(Buffer.alloc(0))
}

function tooLong(name: string, number: number): Failure {
  return new Failure(
    `${name}, line ${number}: longer than 1 MiB, which no record can be. What came before it was sent.`,
  )
}
