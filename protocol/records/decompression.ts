// What decompressing may use besides the bytes: where the memory for what comes out is from, and compiled code, if there is any.

/** Memory of so many bytes, holding anything. The next call may answer the same memory again. */
export type Room = (bytes: number) => Buffer

/** Memory that nobody else has. */
export const ownRoom: Room = bytes => Buffer.allocUnsafe(bytes)

/**
 * Decompresses into the target and answers how many bytes came out; what is behind them in the target may be overwritten, too.
 * -1: the bytes are damaged, or make more than fits.
 */
export type DecompressInto = (bytes: Buffer, target: Buffer) => number

/** Compiled code of the platform that takes no memory for a call; what there is none of is missing. */
export interface CompiledCodecs {
  readonly lz4Block?: DecompressInto
  readonly snappyBlock?: DecompressInto
  /** One member that is all of the bytes; anything else is -1. */
  readonly gzipMember?: DecompressInto
  readonly zstdFrame?: DecompressInto
}

export interface Decompression {
  readonly compiled: CompiledCodecs
  readonly room: Room
}

export const plainDecompression: Decompression = { compiled: {}, room: ownRoom }
