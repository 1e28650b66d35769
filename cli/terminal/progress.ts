// How far long work has come: a bar that is drawn over on a terminal, a line every five seconds in a pipe. On standard error, so
// that what the work prints stays as it is.

import { counted, grouped } from './figures.ts'

const barWidth = 20
const barEveryMs = 200
const lineEveryMs = 5000

export interface Doing {
  /** "consumed", "produced". */
  readonly verb: string
  /** Where it is known how many there are to be. */
  readonly total: number | undefined
  /** What is counted; "record" when left out. */
  readonly noun?: string
}

/** "consumed ████████░░ 81 %  1,204 records  602/s  2 s left". */
export function progressText(doing: Doing, done: number, elapsedMs: number, withBar: boolean): string {
  const { verb, total, noun = 'record' } = doing
  const perSecond = elapsedMs > 0 ? (done / elapsedMs) * 1000 : 0
  const rate = `${grouped(Math.round(perSecond))}/s`
  if (total === undefined || total === 0) return `${verb}  ${counted(done, noun)}  ${rate}`
  const share = Math.min(1, done / total)
  const filled = Math.round(share * barWidth)
  const bar = withBar ? `${'█'.repeat(filled)}${'░'.repeat(barWidth - filled)} ` : ''
  const left = perSecond > 0 && done < total ? `  ${Math.ceil((total - done) / perSecond)} s left` : ''
  return `${verb}  ${bar}${Math.floor(share * 100)} %  ${counted(done, noun)}  ${rate}${left}`
}

export class Progress {
  done = 0
  total: number | undefined
  readonly #verb: string
  readonly #noun: string
  readonly #stream: NodeJS.WriteStream
  readonly #startMs = performance.now()
  readonly #timer: NodeJS.Timeout
  #isDrawn = false

  constructor({ verb, total, noun = 'record' }: Doing, stream: NodeJS.WriteStream = process.stderr) {
    this.#verb = verb
    this.#noun = noun
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
    const doing = { verb: this.#verb, total: this.total, noun: this.#noun }
    const text = progressText(doing, this.done, performance.now() - this.#startMs, isTTY)
    this.#stream.write(isTTY ? `\r\x1b[K${text}` : `${text}\n`)
    this.#isDrawn = isTTY
  }
}
