// What both kinds of connection do with the parts they are given to send.

import { DiskError } from './disk.ts'
import type { FilePart, SendPart } from './net.ts'

/** Files that pass through memory do so in pieces small enough that a hundred slow readers fit, large enough to be cheap. */
export const chunkBytes = 256 * 1024

export function isFilePart(part: SendPart): part is FilePart {
  return 'file' in part
}

/** Retains the files of the parts; answers how to let go of each. Throws, having retained none, when one is closed. */
export function retainFiles(parts: readonly SendPart[]): readonly (() => void)[] {
  if (!parts.some(isFilePart)) return noReleases
  const releases: (() => void)[] = []
  try {
    for (const part of parts) if (isFilePart(part)) releases.push(part.file.retain())
  } catch (error) {
    for (const release of releases) release()
    throw error
  }
  return releases
}

const noReleases: readonly (() => void)[] = []

/** Bytes that the parts put on the wire. */
export function bytesIn(parts: readonly SendPart[]): number {
  let bytes = 0
  for (const part of parts) bytes += part.length
  return bytes
}

/** `count` bytes of a file part from its byte `from` on. Throws when the file is shorter than promised. */
export async function readPart(part: FilePart, from: number, count: number): Promise<Buffer> {
  const bytes = await part.file.read(part.position + from, count)
  if (bytes.length < count) throw tooShort(part)
  return bytes
}

/** The length stands in a header that may have left already, so that nothing else can follow. */
export function tooShort({ file, position, length }: FilePart): DiskError {
  const message = `${file.path} ends before ${position + length}, which was being sent`
  return new DiskError('TOO_SHORT', file.path, { message })
}
