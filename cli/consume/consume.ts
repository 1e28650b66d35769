// Records from topics to standard output: partitions of one's own from a place on, or what a group gives out.

import type { Admin } from '../../client/admin/admin.ts'
import { partitionKey } from '../../client/admin/topic-partition.ts'
import { ClientError } from '../../client/client-error.ts'
import { Consumer } from '../../client/consumer/consumer.ts'
import type { ConsumerBatch } from '../../client/consumer/consumer-batch.ts'
import type { TopicPartition } from '../../protocol/types.ts'
import { type Place, parsePlace } from '../arguments/place.ts'
import { parseNumbers, parseWhole } from '../arguments/settings.ts'
import { ByteOutput } from '../terminal/byte-output.ts'
import { Failure, usage } from '../terminal/failure.ts'
import { Progress } from '../terminal/progress.ts'
import type { Session } from '../terminal/session.ts'
import { findTopics } from '../topic/find.ts'
import { resolvePlace } from '../topic/offsets.ts'
import { type AvroFlags, AvroRecords } from './avro-records.ts'
import { jsonPrinter, type Printer, printerFor } from './record-format.ts'

interface Flags extends AvroFlags {
  readonly from?: string
  readonly until?: string
  readonly count?: string
  readonly group?: string
  readonly format: string
  readonly null: string
  readonly isolation: string
}

/** How often it is looked whether the end is reached where no records come any more (markers, compacted records). */
const lookEveryMs = 200

interface Range {
  readonly from: number
  /** Not read any more; Infinity: all that comes. */
  readonly until: number
}

export async function consume(session: Session, flags: Flags, topics: readonly string[]): Promise<void> {
  const wanted = topics.map(parseTopic)
  const nowMs = Date.now()
  const from = flags.from === undefined ? undefined : parsePlace(flags.from, '--from', nowMs)
  const until = flags.until === undefined ? undefined : parsePlace(flags.until, '--until', nowMs)
  const count = flags.count === undefined ? Number.POSITIVE_INFINITY : parseWhole(flags.count, '--count', 1)
  const printer = session.form === 'json' ? jsonPrinter() : printerFor(flags.format, flags.null)
  const isolation = isolationOf(flags.isolation)
  if (flags.group !== undefined) checkForGroup(wanted, from)
  const avro = await AvroRecords.of(session, flags)
  const admin = await session.admin()
  const partitions = await partitionsOf(admin, wanted, session.signal)
  const ranges = await rangesOf(admin, partitions, from ?? { kind: 'end' }, until, session.signal)
  const options = { ...session.clusterOptions, isolation, apiTimeoutMs: session.timeoutMs }
  const consumer =
    flags.group === undefined
      ? new Consumer(options)
      : new Consumer({
          ...options,
          group: flags.group,
          topics: wanted.map(({ name }) => name),
          resetPolicy: from?.kind === 'beginning' ? 'earliest' : 'latest',
        })
  if (flags.group === undefined) {
    const open = partitions.filter(each => isOpen(ranges.get(partitionKey(each))!))
    if (open.length === 0) return consumer.close()
    consumer.assign(open.map(each => ({ ...each, offset: ranges.get(partitionKey(each))!.from })))
  }
  await new Reading(session, consumer, ranges, printer, count, until !== undefined, avro).run()
}

interface Wanted {
  readonly name: string
  readonly numbers?: readonly number[]
}

function parseTopic(text: string): Wanted {
  const at = text.lastIndexOf(':')
  return at < 0 ? { name: text } : { name: text.slice(0, at), numbers: parseNumbers(text.slice(at + 1), text) }
}

function isolationOf(text: string): 'read_committed' | 'read_uncommitted' {
  if (text === 'committed' || text === 'uncommitted') return `read_${text}`
  throw usage(`--isolation ${text}: it is committed or uncommitted`)
}

function checkForGroup(wanted: readonly Wanted[], from: Place | undefined): void {
  if (wanted.some(({ numbers }) => numbers !== undefined))
    throw usage('with --group the group gives out the partitions: name topics only')
  if (from === undefined || from.kind === 'beginning' || from.kind === 'end') return
  throw usage(
    'with --group, --from is beginning or end, for what the group has not committed; `millrace group reset` sets offsets',
  )
}

async function partitionsOf(admin: Admin, wanted: readonly Wanted[], signal: AbortSignal): Promise<TopicPartition[]> {
  const names = wanted.map(({ name }) => name)
  const topics = await findTopics(admin, names, signal)
  const all = wanted.flatMap(({ name, numbers }) => {
    const there = topics.find(topic => topic.name === name)!.partitions.map(({ partition }) => partition)
    const missing = numbers?.find(number => !there.includes(number))
    if (missing !== undefined) throw usage(`${name} has no partition ${missing}, it has ${there.length}`)
    return (numbers ?? there).map(partition => ({ topic: name, partition }))
  })
  return [...new Map(all.map(each => [partitionKey(each), each])).values()]
}

/** By "orders-3". */
async function rangesOf(
  admin: Admin,
  partitions: readonly TopicPartition[],
  from: Place,
  until: Place | undefined,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Range>> {
  const [starts, ends] = await Promise.all([
    resolvePlace(admin, partitions, from, signal),
    until && resolvePlace(admin, partitions, until, signal),
  ])
  return new Map(
    partitions.map(each => {
      const key = partitionKey(each)
      const start = starts.get(key)?.offset
      if (start === undefined) throw new Failure(`${key} has no leader at present`)
      return [
        key,
        { from: Number(start), until: ends === undefined ? Number.POSITIVE_INFINITY : Number(ends.get(key)!.offset) },
      ]
    }),
  )
}

const isOpen = ({ from, until }: Range) => from < until

class Reading {
  readonly #session: Session
  readonly #consumer: Consumer
  readonly #ranges: ReadonlyMap<string, Range>
  readonly #printer: Printer
  readonly #countMax: number
  readonly #output = new ByteOutput()
  readonly #over = new AbortController()
  readonly #hasEnd: boolean
  readonly #avro: AvroRecords | undefined
  #count = 0
  #isPrinting = false

  constructor(
    session: Session,
    consumer: Consumer,
    ranges: ReadonlyMap<string, Range>,
    printer: Printer,
    countMax: number,
    hasEnd: boolean,
    avro: AvroRecords | undefined,
  ) {
    this.#session = session
    this.#consumer = consumer
    this.#ranges = ranges
    this.#printer = printer
    this.#countMax = countMax
    this.#hasEnd = hasEnd
    this.#avro = avro
  }

  async run(): Promise<void> {
    const { signal } = this.#session
    const progress = this.#progress()
    const looking = setInterval(() => this.#look(), lookEveryMs)
    try {
      const over = AbortSignal.any([signal, this.#over.signal])
      for await (const batch of this.#consumer.batches({ signal: over })) {
        this.#isPrinting = true
        await this.#print(batch)
        this.#isPrinting = false
        if (progress !== undefined) progress.done = this.#count
        if (this.#count >= this.#countMax || this.#isAtEnd) break
      }
    } catch (error) {
      const isOver = this.#over.signal.aborted && error instanceof ClientError && error.code === 'ABORTED'
      if (!isOver) throw error
    } finally {
      clearInterval(looking)
      progress?.end()
      this.#avro?.close()
      await this.#consumer.close({ timeoutMs: this.#session.timeoutMs })
    }
  }

  /** Only where what is printed does not show it. */
  #progress(): Progress | undefined {
    if (this.#session.isTerminal || !this.#hasEnd) return undefined
    const all = [...this.#ranges.values()].reduce((sum, { from, until }) => sum + Math.max(0, until - from), 0)
    return new Progress({ verb: 'consumed', total: Math.min(all, this.#countMax) })
  }

  async #print(batch: ConsumerBatch): Promise<void> {
    const until = this.#ranges.get(partitionKey(batch))?.until ?? Number.POSITIVE_INFINITY
    const out: Uint8Array[] = []
    for (const record of batch) {
      if (record.offset >= until) break
      const printed = this.#avro === undefined ? record : await this.#avro.read(record)
      if (printed === undefined) continue
      this.#printer(printed, out)
      this.#count += 1
      if (this.#count < this.#countMax) continue
      await this.#output.write(out)
      this.#consumer.markProcessed(record)
      return
    }
    await this.#output.write(out)
    if (batch.nextOffset <= until) this.#consumer.markProcessed(batch)
  }

  /** All partitions that are read here have been read up to where they are to be. */
  get #isAtEnd(): boolean {
    const mine = this.#consumer.assignment
    if (!this.#hasEnd || mine.length === 0) return false
    return mine.every(each => {
      const until = this.#ranges.get(partitionKey(each))?.until ?? Number.POSITIVE_INFINITY
      return (this.#consumer.position(each) ?? -1) >= until
    })
  }

  #look(): void {
    if (!this.#isPrinting && this.#isAtEnd) this.#over.abort()
  }
}
