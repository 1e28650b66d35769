// What Kafka's clients saw of groups, transactions and producers of a directory that Kafka wrote, beside what our broker says.

import { describeProducers } from '../../protocol/messages/describe-producers.ts'
import { describeTransactions } from '../../protocol/messages/describe-transactions.ts'
import { listGroups } from '../../protocol/messages/list-groups.ts'
import { listTransactions } from '../../protocol/messages/list-transactions.ts'
import type {
  ObservedGroup,
  ObservedProducer,
  ObservedTransaction,
} from '../../testing/golden/kafka-log-directories.ts'
import { check, type Requests, untilPassed } from '../disk-swap/requests.ts'

export interface Statement {
  readonly where: string
  readonly what: string
  readonly expected: string
  readonly found: string
}

/** Settings under which nothing is forgotten or timed out because the directory is old. */
export const ageless = {
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': 2_000_000_000,
  'transactional.id.expiration.ms': 2_000_000_000,
  'producer.id.expiration.ms': 2_000_000_000,
}
const producerAgeMsMax = ageless['producer.id.expiration.ms']

export async function groupStatements(requests: Requests, groups: readonly ObservedGroup[]): Promise<Statement[]> {
  const listed = await untilPassed(async () => {
    const answer = await requests.send(listGroups, 5, {})
    check('ListGroups', answer.errorCode)
    return new Map(answer.groups.map(group => [group.groupId, group]))
  })
  // Share and streams groups are not implemented; their records are kept.
  const ours = groups.filter(({ type }) => type === 'Classic' || type === 'Consumer')
  return ours.map(({ groupId, type, protocol, state }) => {
    const found = listed.get(groupId)
    const text = found && `${found.groupType} "${found.protocolType}" ${found.groupState}`
    const expected = `${type.toLowerCase()} "${protocol}" ${state}`
    return { where: `group ${groupId}`, what: 'description', expected, found: text ?? 'not there' }
  })
}

export async function transactionStatements(
  requests: Requests,
  transactions: readonly ObservedTransaction[],
): Promise<Statement[]> {
  const transactionalIds = transactions.map(each => each.transactionalId)
  for (const each of transactionalIds) await requests.coordinate(each, 1)
  return untilPassed(async () => {
    const { transactionStates } = await requests.send(describeTransactions, 0, { transactionalIds })
    const described = transactions.map((expected, i) => {
      const found = transactionStates[i]!
      check(`DescribeTransactions of ${found.transactionalId}`, found.errorCode)
      const partitions = found.topics.flatMap(({ topic, partitions: all }) => all.map(each => `${topic}-${each}`))
      return {
        ...{ where: `transactional id ${expected.transactionalId}`, what: 'description' },
        expected: textOf(expected, expected.state, expected.timeoutMs, expected.partitions),
        found: textOf(found, found.transactionState, found.transactionTimeoutMs, partitions),
      }
    })
    return [...described, await listedStatement(requests, transactions)]
  })
}

async function listedStatement(requests: Requests, transactions: readonly ObservedTransaction[]): Promise<Statement> {
  const request = { stateFilters: [], producerIdFilters: [], transactionalIdPattern: null }
  const listed = await requests.send(listTransactions, 2, request)
  check('ListTransactions', listed.errorCode)
  const text = (all: readonly string[]) => [...all].sort().join(', ')
  return {
    ...{ where: 'transactions', what: 'list' },
    expected: text(transactions.map(each => `${each.transactionalId} ${each.producerId} ${each.state}`)),
    found: text(
      listed.transactionStates.map(each => `${each.transactionalId} ${each.producerId} ${each.transactionState}`),
    ),
  }
}

type Identity = { readonly producerId: number | bigint; readonly producerEpoch: number }

function textOf(
  { producerId, producerEpoch }: Identity,
  state: string,
  timeoutMs: number,
  partitions: readonly string[],
) {
  return `${state} producer ${producerId} epoch ${producerEpoch} timeout ${timeoutMs} of ${[...partitions].sort()}`
}

/** `nowMs`: Kafka forgets producers that have been silent for long when it starts, unless they are in a transaction. */
export async function producerStatements(
  requests: Requests,
  producers: readonly ObservedProducer[],
  nowMs: number,
): Promise<Statement[]> {
  const statements: Statement[] = []
  for (const expected of producers) {
    const { topic: name, partition, producerId } = expected
    const isForgotten = nowMs - expected.lastTimestamp > producerAgeMsMax
    if (isForgotten && expected.currentTransactionStartOffset < 0) continue
    const answer = await requests.send(describeProducers, 0, { topics: [{ name, partitionIndexes: [partition] }] })
    const [described] = answer.topics[0]!.partitions
    check(`DescribeProducers of ${name}-${partition}`, described!.errorCode)
    const found = described!.activeProducers.find(each => Number(each.producerId) === producerId)
    const { producerEpoch, lastSequence, lastTimestamp, coordinatorEpoch, currentTransactionStartOffset } = expected
    statements.push({
      ...{ where: `${name}-${partition}`, what: `producer ${producerId}` },
      expected: [producerEpoch, lastSequence, lastTimestamp, coordinatorEpoch, currentTransactionStartOffset].join(' '),
      found: found
        ? [
            ...[found.producerEpoch, found.lastSequence, found.lastTimestamp, found.coordinatorEpoch],
            found.currentTxnStartOffset,
          ].join(' ')
        : 'not there',
    })
  }
  return statements
}
