// What readers of committed records find in the end, held against what the processes have asked for and what the groups have.

import type { FetchedOffsets } from '../../broker/coordinator/group/offset-fetch.ts'
import { type InputPiece, inputReadOnce } from '../../broker/sim/input-read-once.ts'
import type { Violation } from '../../broker/sim/violation.ts'
import { committedValues } from '../transactions/committed-reader.ts'
import { type CoordinatorMachine, inputTopics, outputPartitions } from './coordinator-machine.ts'
import type { TransactionalProcess } from './transactional-process.ts'

type Offsets = ReadonlyMap<string, FetchedOffsets | undefined>

const readBytesMax = 1 << 20

/** By partition. */
async function readCommitted(machine: CoordinatorMachine): Promise<string[][]> {
  const read: string[][] = []
  for (let index = 0; index < outputPartitions; index++) {
    const { log, lastStableOffset: upTo } = machine.partition('out', index)!
    const range = await log.read(0, {
      maxBytes: readBytesMax,
      upTo,
      atLeastOneBatch: true,
      withAbortedTransactions: true,
    })
    if (!range.ok) throw new Error(`out-${index} cannot be read: ${range.error.text}`)
    range.release()
    const bytes = await log.readBytes(0, { maxBytes: readBytesMax, upTo })
    read.push(committedValues(bytes, 0, range.abortedTransactions).values)
  }
  return read
}

/** `groups`: those that commit in transactions. */
export async function checkOutput(
  machine: CoordinatorMachine,
  processes: readonly TransactionalProcess[],
  groups: readonly string[],
  offsets: Offsets,
): Promise<Violation[]> {
  const partitions = await readCommitted(machine)
  const atomic = processes.flatMap(({ name, atomic, ownGroup }) => {
    const own = partitions.map(
      (values, index) => [index, values.filter(value => value.startsWith(`${name}#`))] as const,
    )
    return atomic.check(new Map(own), offsetOf(offsets.get(ownGroup), 'ta', 0))
  })
  const once = groups.flatMap(groupId =>
    inputTopics.flatMap(({ name, id, partitionCount }) =>
      Array.from({ length: partitionCount }, (_, partition) => {
        const pieces = piecesOf(partitions.flat(), `${id} ${partition}`)
        return inputReadOnce(`${groupId} ${name}-${partition}`, pieces, offsetOf(offsets.get(groupId), name, partition))
      }).flat(),
    ),
  )
  return [...atomic, ...once, ...partitions.flatMap(strangers)]
}

const strangers = (values: readonly string[]): Violation[] =>
  values.filter(value => value === 'zombie').map(() => ({ name: 'zombieNotFenced', what: 'its record is committed' }))

function piecesOf(values: readonly string[], place: string): InputPiece[] {
  return values.flatMap(value => {
    const [transaction, of, from, to] = value.split('|')
    return of === place ? [{ transaction: transaction!, from: Number(from), to: Number(to) }] : []
  })
}

function offsetOf(fetched: FetchedOffsets | undefined, name: string, partition: number): number {
  const topic = fetched?.topics?.find(each => each.name === name)
  const found = topic?.partitions?.find(({ partitionIndex }) => partitionIndex === partition)
  return Number(found?.committedOffset ?? -1)
}
