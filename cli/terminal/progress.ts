// How far long work has come: a bar that is drawn over on a terminal, a line every five seconds in a pipe. On standard error, so
// that what the work prints stays as it is.

import { counted, elapsed, grouped } from './figures.ts'

const barWidth = 20
const barEveryMs = 200
const lineEveryMs = 5000

export interface Doing {
  /** "consumed", "produced". */
  readonly verb: string
  /** Where it is known how many there are to be. */
  readonly total: number | undefined
  /** How so much is written; "1,204 records" when left out. */
  readonly amount?: (done: number) => string
}

/** "consumed ████████░░ 81 %  1,204 records  602/s  2 s left". */
export function progressText(doing: Doing, done: number, elapsedMs: number, withBar: boolean): string {
  const { verb, total, amount } = doing
  const perSecond = elapsedMs > 0 ? (done / elapsedMs) * 1000 : 0
  const rate = `${(amount ?? grouped)(Math.round(perSecond))}/s`
  const soFar = amount?.(done) ?? counted(done, 'record')
  if (total === undefined || total === 0) return `${verb}  ${soFar}  ${rate}`
  const share = Math.min(1, done / total)
  const filled = Math.round(share * barWidth)
  const bar = withBar ? `${'█'.repeat(filled)}${'░'.repeat(barWidth - filled)} ` : ''
  const left = perSecond > 0 && done < total ? `  ${elapsed(Math.ceil((total - done) / perSecond) * 1000)} left` : ''
  return `${verb}  ${bar}${Math.floor(share * 100)} %  ${soFar}  ${rate}${left}`
}

export class Progress {
  done = 0
  total: number | undefined
  readonly #verb: string
  readonly #amount: Doing['amount']
  readonly #stream: NodeJS.WriteStream
  readonly #startMs = performance.now()
  readonly #timer: NodeJS.Timeout
  #isDrawn = false

  constructor({ verb, total, amount }: Doing, stream: NodeJS.WriteStream = process.stderr) {
    this.#verb = verb
    this.#amount = amount
    this.total = total
    this.#stream = stream
    this.#timer = setInterval(() => this.#show(), stream.isTTY ? barEveryMs : lineEveryMs)
    this.#timer.unref()
  }

  /** Takes the bar away: the next words begin on a line of their own. */
  end(): void {
    clearInterval(this.#timer)
    if (this.#isDrawn) this.#stream.write('\r\x1b[K')
  }

  #show(): void {
    const { isTTY } = this.#stream
    const doing = { verb: this.#verb, total: this.total, ...(this.#amount && { amount: this.#amount }) }
    const text = progressText(doing, this.done, performance.now() - this.#startMs, isTTY)
    this.#stream.write(isTTY ? `\r\x1b[K${text}` : `${text}\n`)
    this.#isDrawn = isTTY
  }
}
