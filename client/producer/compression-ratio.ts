// How well the records of a topic compress, learnt from the batches sent: a batch may take in more than it may have when it is
// sent. Falls slowly and rises fast, since a batch that turns out too large has to be split.
// Source: org.apache.kafka.common.record.internal.CompressionRatioEstimator, Kafka 4.3.0.

const improvingStep = 0.005
const deterioratingStep = 0.05
/** A batch takes in at most so many times its size: what compresses better still would only cost memory. */
const gainMax = 8

export class CompressionRatio {
  #ratio = 1

  /** Compressed bytes for each byte, 1 when nothing is known. */
  get ratio(): number {
    return this.#ratio
  }

  /** Bytes of records for a batch that may have so many when compressed: the bytes times 1, 2, 4 or 8, so that memory fits the next. */
  bytesFor(batchBytes: number): number {
    let gain = 1
    while (gain < gainMax && gain * 2 * this.#ratio <= 1) gain *= 2
    return batchBytes * gain
  }

  /** A batch had this ratio. */
  observe(ratio: number): void {
    if (ratio > this.#ratio) this.#ratio = Math.max(this.#ratio + deterioratingStep, ratio)
    else if (ratio < this.#ratio) this.#ratio = Math.max(this.#ratio - improvingStep, ratio)
  }

  /** A batch was too large and had to be split. */
  onSplit(ratio: number): void {
    this.#ratio = Math.max(1, ratio)
  }
}
