// Asks a question about clients and says what came out, in the form of the other benches' results.

import { describeMachine, type Machine } from '../comparison/machine.ts'
import type { Figure, Scale } from '../comparison/question.ts'
import type { ReadyMemory } from '../comparison/ready-memory.ts'
import type { BenchResult } from '../comparison/result.ts'
import { Side } from '../comparison/side.ts'
import type { TargetName } from '../disk-swap/target.ts'
import { runClientWork } from './client-rounds.ts'
import type { ClientQuestion, ClientWork } from './client-work.ts'
import type { Peer } from './peer.ts'
import type { RunJob } from './peer-programs.ts'
import { rowsOfWork } from './rows.ts'

/** Members of a group of one need not wait for others. */
const brokerSettings = { 'group.initial.rebalance.delay.ms': 0 }

export interface AskOptions {
  readonly broker: TargetName
  readonly rounds: number
  readonly scale: Scale
  readonly folder: string
  readonly run: RunJob
  readonly memory?: ReadyMemory | undefined
  readonly onPass?: (work: ClientWork, peer: Peer, round: number, figure: Figure) => void
}

/** On a broker of its own, on an empty directory. What was asked of Kafka has another name: both may be kept. */
export async function askClients(question: ClientQuestion, options: AskOptions): Promise<BenchResult> {
  const { broker, rounds, scale, folder, run, memory, onPass = () => {} } = options
  const startedMs = performance.now()
  const machine: Machine = await describeMachine(folder)
  const side = new Side({ name: broker, folder, settings: brokerSettings })
  try {
    const works = []
    for (const work of question.works)
      works.push({ work, all: await runClientWork(work, { side, rounds, scale, run, memory, onPass }) })
    const name = broker === 'millrace' ? question.name : `${question.name}-${broker}`
    return {
      question: name,
      says: question.says,
      quick: scale.quick,
      rounds,
      seconds: Math.round((performance.now() - startedMs) / 1000),
      machine,
      rows: works.flatMap(({ work, all }) => rowsOfWork(work, all)),
      passes: works.map(({ work, all }) => ({
        work: work.name,
        ...Object.fromEntries(all.map(({ peer, figures }) => [peer.name, figures])),
      })),
    }
  } finally {
    await side.clear()
  }
}
