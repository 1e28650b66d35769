// Bytes to standard output, no faster than whoever reads them takes them.

export class ByteOutput {
  readonly #stream: NodeJS.WritableStream

  constructor(stream: NodeJS.WritableStream = process.stdout) {
    this.#stream = stream
  }

  /** Resolves when there is room for more. */
  async write(parts: readonly Uint8Array[]): Promise<void> {
    if (parts.length === 0 || this.#stream.write(Buffer.concat(parts))) return
    await new Promise<void>(resolve => this.#stream.once('drain', resolve))
  }
}
