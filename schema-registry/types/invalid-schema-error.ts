/** A text that is no schema of its type: where, and what is wrong with it. */
export class InvalidSchemaError extends Error {
  /** A JSON pointer to the part at fault; '' for the whole. */
  readonly path: string

  /** @param sentence what is wrong, and what would be right */
  constructor(path: string, sentence: string) {
    super(path === '' ? sentence : `${sentence} (at ${path})`)
    this.name = 'InvalidSchemaError'
    this.path = path
  }
}
