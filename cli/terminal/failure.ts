// What ends a command: 1 for what went wrong, 2 for a command that was typed wrongly, 130 for Ctrl-C.

/** For people: one or more sentences, and no stack. */
export class Failure extends Error {
  readonly exitCode: number

  constructor(message: string, exitCode = 1) {
    super(message)
    this.name = 'Failure'
    this.exitCode = exitCode
  }
}

/** The command was typed wrongly. */
export function usage(message: string): Failure {
  return new Failure(message, 2)
}
