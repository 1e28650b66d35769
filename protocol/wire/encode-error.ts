/**
 * A value that has no bytes in the version asked for: a field that the version lacks holds something other than its
 * default and is not ignorable (Kafka's UnsupportedVersionException), a null where none is allowed, a number out of range.
 */
export class EncodeError extends Error {
  readonly code = 'UNENCODABLE_MESSAGE'

  constructor(message: string) {
    super(message)
    this.name = 'EncodeError'
  }
}
