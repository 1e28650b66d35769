// What an invariant says when it does not hold: its own name, and what was seen where.

export interface Violation {
  /** Of the invariant, or of the way in which it was broken. */
  readonly name: string
  /** For people: what was expected, what was found, and where. */
  readonly what: string
}

/** Ends a run: the first violation is the finding, everything after it may only follow from it. */
export class InvariantViolated extends Error {
  readonly code = 'INVARIANT_VIOLATED'
  readonly violation: Violation

  constructor(violation: Violation) {
    super(`${violation.name}: ${violation.what}`)
    this.name = 'InvariantViolated'
    this.violation = violation
  }
}
