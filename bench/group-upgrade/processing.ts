// What the members of a group did, and what is wrong with it when every record is to be processed once: records that nobody
// processed or that were processed twice, a partition's records out of order, a partition that two members had at once.

export type MemberEvent =
  | { readonly kind: 'assigned' | 'revoked' | 'lost'; readonly partition: number; readonly timeNs: number }
  | {
      readonly kind: 'record'
      readonly partition: number
      readonly timeNs: number
      readonly offset: number
      readonly value: string
      /**
       * By a member that had stood still and had not heard yet that the group went on without it: what it had in hand then. It
       * cannot commit it, and it does not count: the partition's new member has to process the record as well.
       */
      readonly isAftermath?: boolean
    }

export interface MemberHistory {
  readonly name: string
  /** In the order in which they happened. */
  readonly events: readonly MemberEvent[]
}

/** How many records each partition holds; the record at an offset has the offset as its value. */
export type RecordCounts = readonly number[]

export interface Processing {
  /** Records processed, each time counted. */
  readonly processed: number
  readonly missing: number
  readonly duplicates: number
  /** Times that a partition went from one member to another. */
  readonly handovers: number
  /** One line for each partition and kind of fault, none when all is right. */
  readonly wrong: readonly string[]
}

interface Processed {
  readonly member: string
  readonly timeNs: number
  readonly offset: number
  readonly value: string
  readonly isAftermath?: boolean
}

interface Owned {
  readonly member: string
  readonly fromNs: number
  /** Infinity while the member has it. */
  readonly toNs: number
}

export function judgeProcessing(histories: readonly MemberHistory[], counts: RecordCounts): Processing {
  const total = { processed: 0, missing: 0, duplicates: 0, handovers: 0 }
  const wrong: string[] = []
  for (const [partition, count] of counts.entries()) {
    const all = recordsOf(histories, partition)
    const records = all.filter(({ isAftermath }) => !isAftermath)
    const owned = ownersOf(histories, partition)
    const times = new Map<number, number>()
    for (const { offset } of records) times.set(offset, (times.get(offset) ?? 0) + 1)
    const missing = Array.from({ length: count }, (_, offset) => offset).filter(offset => !times.has(offset))
    const twice = [...times].filter(([, each]) => each > 1).map(([offset]) => offset)
    total.processed += all.length
    total.missing += missing.length
    total.duplicates += all.length - times.size
    total.handovers += owned.filter((each, i) => i > 0 && each.member !== owned[i - 1]!.member).length
    const faults = [
      ...someOf('not processed: offset', missing),
      ...someOf('processed twice: offset', twice),
      ...outOfOrder(records),
      ...wrongValues(records, count),
      ...ownedTwice(owned),
      ...unowned(records, owned),
    ]
    wrong.push(...faults.map(fault => `partition ${partition}: ${fault}`))
  }
  return { ...total, wrong }
}

/** All records of a partition in the order in which they were processed, whoever did it. */
function recordsOf(histories: readonly MemberHistory[], partition: number): Processed[] {
  const all = histories.flatMap(({ name, events }) =>
    events.flatMap(event =>
      event.kind === 'record' && event.partition === partition ? [{ member: name, ...event }] : [],
    ),
  )
  return all.sort((a, b) => a.timeNs - b.timeNs)
}

/** Who had a partition and how long, in the order of taking it. */
function ownersOf(histories: readonly MemberHistory[], partition: number): Owned[] {
  const all = histories.flatMap(({ name, events }) => {
    const spans: Owned[] = []
    for (const event of events) {
      if (event.partition !== partition || event.kind === 'record') continue
      const last = spans.at(-1)
      const isOpen = last?.toNs === Number.POSITIVE_INFINITY
      if (event.kind === 'assigned' && !isOpen) {
        spans.push({ member: name, fromNs: event.timeNs, toNs: Number.POSITIVE_INFINITY })
      } else if (event.kind !== 'assigned' && isOpen) {
        spans[spans.length - 1] = { ...last, toNs: event.timeNs }
      }
    }
    return spans
  })
  return all.sort((a, b) => a.fromNs - b.fromNs)
}

const shownMax = 3

function someOf(what: string, offsets: readonly number[]): string[] {
  if (offsets.length === 0) return []
  const rest = offsets.length > shownMax ? ` and ${offsets.length - shownMax} more` : ''
  return [`${what} ${offsets.slice(0, shownMax).join(', ')}${rest}`]
}

function outOfOrder(records: readonly Processed[]): string[] {
  const at = records.findIndex(({ offset }, i) => i > 0 && offset < records[i - 1]!.offset)
  if (at < 0) return []
  const [before, after] = [records[at - 1]!, records[at]!]
  return [`offset ${after.offset} (${after.member}) was processed after ${before.offset} (${before.member})`]
}

function wrongValues(records: readonly Processed[], count: number): string[] {
  const wrong = records.find(({ offset, value }) => offset >= count || value !== String(offset))
  return wrong ? [`offset ${wrong.offset} has the value ${wrong.value}, of ${count} records sent`] : []
}

function ownedTwice(owned: readonly Owned[]): string[] {
  let longest = owned[0]
  for (const each of owned.slice(1)) {
    if (each.fromNs < longest!.toNs) return [`${each.member} took it while ${longest!.member} had it`]
    longest = each
  }
  return []
}

function unowned(records: readonly Processed[], owned: readonly Owned[]): string[] {
  const isOwn = ({ member, timeNs }: Processed) =>
    owned.some(span => span.member === member && span.fromNs <= timeNs && timeNs <= span.toNs)
  const foreign = records.find(record => !isOwn(record))
  return foreign ? [`${foreign.member} processed offset ${foreign.offset}, but did not have the partition`] : []
}
