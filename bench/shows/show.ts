// One line of an issue's Shows as a program.

export interface ShowResult {
  readonly pass: boolean
  /** What was counted or measured, in one line. */
  readonly figure: string
}

export interface Show {
  /** The topic and the line's number: main-job.3 */
  readonly id: string
  readonly title: string
  /** `reduced`: the form for CI, smaller in counts but with the same checks. */
  run(options: { readonly reduced: boolean }): Promise<ShowResult>
}
