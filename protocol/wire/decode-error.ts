/** Bytes that are not what they claim to be. The only error the decoders throw, whatever the input. */
export class DecodeError extends Error {
  readonly code = 'MALFORMED_MESSAGE'

  constructor(message: string) {
    super(message)
    this.name = 'DecodeError'
  }
}
