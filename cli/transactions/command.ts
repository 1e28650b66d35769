// `millrace transactions`: one file per sub-command.

import type { Command } from 'commander'
import { clusterCommand, gather, running } from '../terminal/cluster-command.ts'
import { abortTransactions } from './abort.ts'
import { describeTransactions } from './describe.ts'
import { listHanging } from './hanging.ts'
import { listTransactions } from './list.ts'

const olderThan = 'only those whose producer has been silent for so long, such as 5m'

export function define(transactions: Command): void {
  clusterCommand(transactions, 'list', 'transactional ids, and where their transactions are', [
    'millrace transactions list',
    'millrace transactions list --state Ongoing --longer-than 5m',
  ])
    .option('--state <name>', 'only those in this state, such as Ongoing or Empty; may be repeated', gather)
    .option('--longer-than <duration>', 'only those that have been under way for so long')
    .option('--pattern <regex>', 'only ids that match as a whole (RE2)')
    .action(running(listTransactions))
  clusterCommand(transactions, 'describe <ids...>', 'producer, time and partitions of transactions', [
    'millrace transactions describe billing-1',
    'millrace transactions describe billing-1 --json',
  ]).action(running(describeTransactions))
  clusterCommand(
    transactions,
    'hanging [topics...]',
    'transactions that are open in a partition although their coordinator does not know of it: nobody ends them',
    ['millrace transactions hanging', 'millrace transactions hanging orders:0,3 --older-than 1h'],
  )
    .option('--older-than <duration>', olderThan, '15m')
    .action(running(listHanging))
  clusterCommand(transactions, 'abort [ids...]', 'end transactions from outside', [
    'millrace transactions abort billing-1 --dry-run',
    'millrace transactions abort --hanging orders --dry-run',
  ])
    .option('--hanging <topic[:partitions]>', 'those that hang there, in place of ids; may be repeated', gather)
    .option('--older-than <duration>', `of those that hang, ${olderThan}`, '15m')
    .option('--dry-run', 'say what would be aborted, and abort nothing')
    .action(running(abortTransactions))
}
