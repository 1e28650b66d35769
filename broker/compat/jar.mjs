// Reads files out of a jar (a zip archive) in memory: enough of the format for what Maven's tools write, no zip64.
// Source: PKWARE's APPNOTE, central directory and local file headers.
import { readFileSync } from 'node:fs'
import { inflateRawSync } from 'node:zlib'

const endOfDirectory = 0x06054b50
const directoryEntry = 0x02014b50

/** All entries whose name `wanted(name)` accepts, as `[name, text]`. Throws when the file is no zip archive. */
export function textsInJar(path, wanted) {
  const zip = readFileSync(path)
  let at = zip.length - 22
  while (at >= 0 && zip.readUInt32LE(at) !== endOfDirectory) at--
  if (at < 0) throw new Error(`${path} is not a jar: no end of a central directory`)
  const count = zip.readUInt16LE(at + 10)
  const texts = []
  let position = zip.readUInt32LE(at + 16)
  for (let i = 0; i < count; i++) {
    if (zip.readUInt32LE(position) !== directoryEntry)
      throw new Error(`${path}: entry ${i} of the directory is damaged`)
    const nameLength = zip.readUInt16LE(position + 28)
    const name = zip.toString('utf8', position + 46, position + 46 + nameLength)
    if (wanted(name)) texts.push([name, entryText(zip, position)])
    position += 46 + nameLength + zip.readUInt16LE(position + 30) + zip.readUInt16LE(position + 32)
  }
  return texts
}

function entryText(zip, entry) {
  const method = zip.readUInt16LE(entry + 10)
  const compressedBytes = zip.readUInt32LE(entry + 20)
  const header = zip.readUInt32LE(entry + 42)
  const start = header + 30 + zip.readUInt16LE(header + 26) + zip.readUInt16LE(header + 28)
  const bytes = zip.subarray(start, start + compressedBytes)
  return (method === 0 ? bytes : inflateRawSync(bytes)).toString('utf8')
}
