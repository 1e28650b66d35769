// The compiled half of this folder as a value, if this machine has it. Loading is tried once, with the first question.
// Where it is missing, does not load, or MILLRACE_NATIVE=off says so, everything goes through JavaScript.

import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What a send ended with. As `enum outcome` in send-parts.h. */
export const outcomes = { allTaken: 0, wouldBlock: 1, cold: 2, fileEnded: 3, failed: 4 } as const

/** As SEND_PARTS_MAX in send-parts.h. */
export const sendPartsMax = 128

/** Places in `numbers`, as in addon.c: first what a send answers besides its outcome, then three numbers for each part. */
export const places = { takenBytes: 0, errorNumber: 1, firstPart: 2, perPart: 3 } as const

/** One connection's way in and out, on a duplicate of its socket's descriptor. */
export interface NativeChannel {
  /**
   * Sends what `numbers` says, without waiting: for each part a descriptor, position and length, or -1, where to begin in the
   * next of `buffers`, and length. Answers an outcome. `firstIsWarm`: not asked again whether the page cache has it.
   */
  send(buffers: readonly Uint8Array[], count: number, firstIsWarm: boolean): number
  /** Receives what has come, without waiting: how many bytes, 0 at the end, or a negative errno. */
  receive(into: Uint8Array): number
  /** Whether `onReadable` is called while there is something to receive, the end and errors included. Answers an errno. */
  setReading(isReading: boolean): number
  /** `onReadable` is called once this much has come, or the end, an error, or as much as the socket holds. Answers an errno. */
  setLowWater(bytes: number): number
  /** Closes the duplicate; nothing is called back after it. Can be called again. */
  close(): void
}

type DecompressInto = (bytes: Uint8Array, target: Uint8Array) => number

export interface NativeAddon {
  /** `onWritable` is called once after each `wouldBlock`. Throws when descriptors have run out. */
  readonly Channel: new (
    socket: number,
    onWritable: () => void,
    onReadable: () => void,
  ) => NativeChannel
  readonly numbers: Float64Array
  /** In the order of `struct counters` in send-parts.h. */
  readonly counters: Float64Array
  /** Reads a range on the thread pool; `done` gets how many bytes the file has there, or a negative errno. */
  warm(file: number, position: number, length: number, done: (result: number) => void): void
  /** Sets blocks aside on the thread pool, the file's size unchanged; `done` gets 0, or a negative errno. */
  reserve(file: number, position: number, length: number, done: (result: number) => void): void
  isWarm(file: number, position: number, length: number): boolean
  /** Reads into the whole array what the page cache has; answers how many bytes, or -1 when a disk would have to be waited for. */
  readCached(file: number, into: Uint8Array, position: number): number
  /**
   * Writes into the page cache on this thread, at most 64 buffers; answers how many bytes, perhaps not all. -1, having written nothing:
   * a page would have to be read from a disk first, or there is an error, which the next to write will be told.
   */
  writeCached(file: number, buffers: readonly Uint8Array[], position: number): number
  /** Decompress all of `bytes` into the target; how many bytes came out, or -1: damaged, or more than fits. See decompress.h. */
  readonly lz4Block: DecompressInto
  readonly snappyBlock: DecompressInto
  /** Where zlib is found, in the process. One member that is all of the bytes. */
  readonly gzipMember?: DecompressInto
  /** Where zstd is found, in the process or as the system's library. */
  readonly zstdFrame?: DecompressInto
  /** CRC-32C of the bytes behind what `previous` is the checksum of. Where the processor has an instruction for it. */
  readonly crc32c?: (bytes: Uint8Array, previous: number) => number
  /** Asks the kernel to drop the clean pages of a file. */
  forget(file: number): void
}

export type LoadedAddon = { readonly addon: NativeAddon } | { readonly addon: undefined; readonly reason: string }

let loaded: LoadedAddon | undefined

/** The addon, or why there is none. */
export function nativeAddon(): LoadedAddon {
  return (loaded ??= load())
}

function load(): LoadedAddon {
  if (process.env.MILLRACE_NATIVE === 'off') return { addon: undefined, reason: 'MILLRACE_NATIVE=off' }
  const path = addonPath()
  if (!existsSync(path)) return { addon: undefined, reason: `there is no native addon for ${platform}` }
  try {
    return { addon: createRequire(import.meta.url)(path) as NativeAddon }
  } catch (error) {
    return { addon: undefined, reason: `the native addon does not load: ${(error as Error).message.split('\n')[0]}` }
  }
}

const platform = `${process.platform}-${process.arch}`

/** Where scripts/native.mjs puts it, or another build of it, as under sanitizers. */
export function addonPath(): string {
  if (process.env.MILLRACE_NATIVE) return process.env.MILLRACE_NATIVE
  // From the sources, from dist/io/native and from dist/bundle alike.
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, 'package.json')) && folder !== dirname(folder)) folder = dirname(folder)
  return join(folder, 'dist/native', `millrace-${platform}.node`)
}
