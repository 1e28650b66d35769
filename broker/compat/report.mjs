// What the run says: one line per check, the whole output of a program under the line of the check it failed, and one
// last line with the counts. The names are `suite/check`.

/** A tool or ability that this machine does not have; a check that throws it is skipped (with CI=true it fails). */
export class Unavailable extends Error {}

export class Report {
  passed = 0
  failed = 0
  skipped = 0
  allowed = 0
  #only
  #skipIsFailure
  #print

  /** `only`: run checks whose name contains it. `skipIsFailure`: nothing may be missing on this machine. */
  constructor({ only, skipIsFailure, print = console.log }) {
    this.#only = only
    this.#skipIsFailure = skipIsFailure
    this.#print = print
  }

  get only() {
    return this.#only
  }

  wants(name) {
    return !this.#only || name.includes(this.#only)
  }

  /** Whether checks of this suite may be wanted. */
  wantsSuite(suite) {
    return !this.#only || this.#only.startsWith(`${suite}/`) || suite.includes(this.#only)
  }

  pass(name, ms) {
    this.passed++
    this.#print(`PASS ${name} (${seconds(ms)})`)
  }

  fail(name, ms, detail) {
    this.failed++
    this.#print(`FAIL ${name} (${seconds(ms)})\n${indent(detail)}`)
  }

  skip(name, why) {
    if (this.#skipIsFailure) return this.fail(name, 0, `nothing may be skipped here (CI=true): ${why}`)
    this.skipped++
    this.#print(`SKIP ${name}: ${why}`)
  }

  /** What is known and listed with its reason: neither passed nor failed, but told and counted. */
  allow(name, ms, outcome, reason) {
    this.allowed++
    this.#print(`ALLOWED ${name} ${outcome} (${seconds(ms)}): ${reason}`)
  }

  /**
   * Runs one check: passes when it resolves, fails with the error's message when it throws. Answers whether it passed.
   * `always`: also when it was not asked for. */
  async check(name, body, { always = false } = {}) {
    if (!always && !this.wants(name)) return undefined
    const startedAt = Date.now()
    try {
      await body()
      this.pass(name, Date.now() - startedAt)
      return true
    } catch (cause) {
      if (cause instanceof Unavailable) this.skip(name, cause.message)
      else this.fail(name, Date.now() - startedAt, String(cause?.stack ?? cause))
      return false
    }
  }

  summary() {
    const counts = `${this.passed} passed, ${this.failed} failed, ${this.skipped} skipped`
    return this.allowed === 0 ? counts : `${counts}, ${this.allowed} allowed not to pass`
  }
}

const seconds = ms => `${(ms / 1000).toFixed(1)} s`
const indent = text => String(text).trimEnd().replace(/^/gm, '    ')
