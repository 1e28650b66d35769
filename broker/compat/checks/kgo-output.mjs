// What a Go test program prints with -test.v, cut into its top-level tests.

/** Kept of a test's own lines for when it fails. */
const linesKeptMax = 200

const words = { PASS: 'passes', FAIL: 'fails', SKIP: 'skips' }

/**
 * Takes the output line by line and tells `{ test, outcome: passes|fails|skips, ms, detail }` for each top-level test that is
 * done. Tests run beside each other: `=== NAME` and its like say whose lines follow.
 */
export class KgoOutput {
  #onOutcome
  #current = ''
  #ended
  #lines = new Map()

  constructor(onOutcome) {
    this.#onOutcome = onOutcome
  }

  line(text) {
    if (this.#ended && !/^\s/.test(text)) this.end() // the outcomes of its parts follow that of a test, indented
    const turn = /^=== (?:RUN|CONT|NAME|PAUSE)\s+(\S+)/.exec(text)
    const done = /^--- (PASS|FAIL|SKIP): (\S+) \(([\d.]+)s\)/.exec(text)
    if (turn) {
      this.#current = turn[1].split('/')[0]
    } else if (done) {
      const [, word, test, seconds] = done
      this.#current = test
      this.#ended = { test, outcome: words[word], ms: Number(seconds) * 1000 }
    } else this.#keep(text)
  }

  /** Tells of the last test; nothing follows. */
  end() {
    const ended = this.#ended
    if (!ended) return
    this.#ended = undefined
    this.#onOutcome({ ...ended, detail: this.#linesOf(ended.test).join('\n') })
  }

  #keep(text) {
    const lines = this.#linesOf(this.#current)
    lines.push(text)
    if (lines.length > linesKeptMax) lines.shift()
  }

  #linesOf(test) {
    if (!this.#lines.has(test)) this.#lines.set(test, [])
    return this.#lines.get(test)
  }
}
