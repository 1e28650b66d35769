// The series of one metric, one for each combination of label values, and how many there may be. Full: what comes later is
// counted together in one series, in which each label is `others`, so that sums stay right.

export const othersLabel = 'others'

export class BoundedSeries<Series> {
  readonly #seriesMax: number
  readonly #make: (...values: string[]) => Series
  readonly #known = new Map<string, Series>()
  readonly #labelCount: number
  #others: Series | undefined

  /** `make`: the series with these label values, in the order of the labels; called once for each. */
  constructor(seriesMax: number, labelCount: number, make: (...values: string[]) => Series) {
    this.#seriesMax = seriesMax
    this.#labelCount = labelCount
    this.#make = make
  }

  /** Without `others`. */
  get size(): number {
    return this.#known.size
  }

  of(...values: string[]): Series {
    const key = values.join('\n')
    const known = this.#known.get(key)
    if (known !== undefined) return known
    if (this.#known.size >= this.#seriesMax) return this.#rest()
    const series = this.#make(...values)
    this.#known.set(key, series)
    return series
  }

  #rest(): Series {
    this.#others ??= this.#make(...Array.from({ length: this.#labelCount }, () => othersLabel))
    return this.#others
  }
}
