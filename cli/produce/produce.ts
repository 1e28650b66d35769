// Records from the command line, standard input or files to a topic. Ctrl-C, and what goes wrong, end it in good order: what was
// taken so far is sent, and it says how much was stored.

import { Producer } from '../../client/producer/producer.ts'
import type { CompressionType } from '../../protocol/records/compression-type.ts'
import { compressionTypes } from '../../protocol/records/compression-type.ts'
import { Failure, usage } from '../terminal/failure.ts'
import { counted } from '../terminal/figures.ts'
import { Progress } from '../terminal/progress.ts'
import type { Session } from '../terminal/session.ts'
import { advice, isMissing } from '../topic/find.ts'
import { type AvroFlags, AvroValues } from './avro-values.ts'
import { Pace, parseRate } from './pace.ts'
import { type InputFlags, type InputRecord, recordsOf } from './record-input.ts'

interface Flags extends InputFlags, AvroFlags {
  readonly rate?: string
  readonly compression: string
  readonly acks: string
}

/** How many records are handed over between two looks at the producer's memory. */
const recordsBetweenLooks = 500

export async function produce(session: Session, flags: Flags, topic: string): Promise<void> {
  const records = recordsOf(flags)
  const perSecond = flags.rate === undefined ? undefined : parseRate(flags.rate)
  const settings = { compression: compressionOf(flags.compression), acks: acksOf(flags.acks) }
  await checkTopic(session, topic)
  const avro = await AvroValues.of(flags, topic)
  const producer = new Producer({ ...session.clusterOptions, ...settings, maxBlockMs: session.timeoutMs })
  const isByLine = flags.value === undefined && !flags.tombstone
  if (isByLine && flags.file === undefined && process.stdin.isTTY) session.warn('one record a line; Ctrl-D ends')
  const sending = new Sending(session, producer, topic, !isByLine || process.stdin.isTTY || session.form === 'json')
  try {
    await sending.run(avro === undefined ? records : asAvro(records, avro), perSecond)
  } finally {
    avro?.close()
    await producer.close({ timeoutMs: session.timeoutMs })
  }
  sending.conclude()
}

async function* asAvro(records: AsyncIterable<InputRecord>, avro: AvroValues): AsyncGenerator<InputRecord> {
  let number = 0
  for await (const record of records) {
    number += 1
    yield avro.encoded(record, number)
  }
}

function compressionOf(text: string): CompressionType {
  if ((compressionTypes as readonly string[]).includes(text)) return text as CompressionType
  throw usage(`--compression ${text}: it is one of ${compressionTypes.join(', ')}`)
}

function acksOf(text: string): 'all' | 1 {
  if (text === 'all' || text === '-1') return 'all'
  if (text === '1') return 1
  throw usage(`--acks ${text}: it is all or 1; without acknowledgements nobody could say what was stored`)
}

/** A topic that is not there may be created by sending to it; a word about it, for it may have been mistyped. */
async function checkTopic(session: Session, topic: string): Promise<void> {
  const admin = await session.admin()
  const { signal } = session
  try {
    await admin.topics.describe(topic, { signal })
  } catch (error) {
    if (!isMissing(error)) throw error
    const names = (await admin.topics.list({ signal })).map(({ name }) => name)
    session.warn(
      `${topic} is new: the cluster creates it if it may; ${advice(topic, names, 'millrace topic create makes it as you want it')}`,
    )
  }
}

class Sending {
  readonly #session: Session
  readonly #producer: Producer
  readonly #topic: string
  /** Says of each record where it is. */
  readonly #tellsEach: boolean
  #stored = 0
  #failed = 0
  #failure: Error | undefined

  constructor(session: Session, producer: Producer, topic: string, tellsEach: boolean) {
    this.#session = session
    this.#producer = producer
    this.#topic = topic
    this.#tellsEach = tellsEach
  }

  async run(records: AsyncIterable<InputRecord>, perSecond: number | undefined): Promise<void> {
    const progress = this.#tellsEach ? undefined : new Progress({ verb: 'produced', total: undefined })
    const pace = perSecond === undefined ? undefined : new Pace(perSecond, performance.now())
    let taken = 0
    try {
      for await (const record of interruptible(records, this.#session.signal)) {
        const waitMs = pace?.next(performance.now()) ?? 0
        if (waitMs > 0) await new Promise(resolve => setTimeout(resolve, waitMs))
        if (this.#failure !== undefined || this.#session.signal.aborted) break
        this.#send(record)
        taken += 1
        if (taken % recordsBetweenLooks === 0) await this.#producer.room()
        if (progress !== undefined) progress.done = this.#stored
      }
    } catch (error) {
      this.#failure ??= error as Error
    } finally {
      await this.#producer.flush()
      progress?.end()
    }
  }

  /** The last words, and the exit code. */
  conclude(): void {
    const stored = counted(this.#stored, 'record')
    if (this.#failure !== undefined) {
      const lost = this.#failed > 0 ? `, ${counted(this.#failed, 'record')} not` : ''
      throw this.#failed === 0 && this.#stored === 0
        ? this.#failure
        : new Failure(`${this.#failure.message}\n${stored} stored in ${this.#topic}${lost}`)
    }
    if (!this.#tellsEach) this.#session.tell(`produced ${stored}`, { topic: this.#topic, records: this.#stored })
    if (this.#session.signal.aborted) throw new Failure(`stopped: ${stored} stored in ${this.#topic}`, 130)
  }

  #send(record: InputRecord): void {
    this.#producer.send(this.#topic, record).then(
      ({ topic, partition, offset }) => {
        this.#stored += 1
        if (this.#tellsEach) this.#session.tell(`${topic}[${partition}]@${offset}`, { topic, partition, offset })
      },
      error => {
        this.#failed += 1
        this.#failure ??= error
      },
    )
  }
}

/** The items until the signal is raised, also while one is waited for: standard input may be silent for ever. */
async function* interruptible<Item>(items: AsyncIterable<Item>, signal: AbortSignal): AsyncGenerator<Item, void, void> {
  const iterator = items[Symbol.asyncIterator]()
  const raised = new Promise<{ done: true; value: undefined }>(resolve => {
    signal.addEventListener('abort', () => resolve({ done: true, value: undefined }), { once: true })
  })
  let isOver = false
  try {
    while (!isOver) {
      const next = await Promise.race([iterator.next(), raised])
      isOver = next.done === true && !signal.aborted
      if (next.done) return
      yield next.value
    }
  } finally {
    // Whoever leaves early does not wait for what else is typed.
    if (!isOver) process.stdin.destroy()
  }
}
