// Every transition of groups and transactions, as Kafka 4.3.0 was seen to make it: our coordinators go the same way, and the READMEs
// show the tables. Transitions that no request and no passing of time shows are counted apart; broker/coordinator/testing/state-tables.ts
// names them and why.

import { readdirSync, readFileSync } from 'node:fs'
import {
  kafkasTransitions,
  type Machine,
  sentActions,
  stateCapture,
} from '../../broker/coordinator/testing/state-capture.ts'
import { replayGroups, replayTransactions } from '../../broker/coordinator/testing/state-replay.ts'
import { shownElsewhere, stateDiagram, tables, transitionsOf } from '../../broker/coordinator/testing/state-tables.ts'
import { repositoryPath } from '../../testing/repository-path.ts'
import { runCommand } from '../run-command.ts'
import type { Show } from './show.ts'

const folder = 'broker/coordinator'
const readmes = [`${folder}/README.md`, `${folder}/transaction/README.md`]
const transcriptFolders = [`${folder}/testdata/transcripts`, `${folder}/testdata/transaction-transcripts`]
/** Where the transcripts of our own, and the transitions that Kafka does not show, are tested. */
const tests = [
  'group/transcripts.test',
  'transaction/transcripts.test',
  'classic-state',
  'transaction-status',
  'reconcile',
]
const wrongShownMax = 5

export const exactlyOnce4: Show = {
  id: 'exactly-once.4',
  title:
    'transcripts of Kafka for each transition of groups and transactions, our coordinators the same; tables in the READMEs',
  async run() {
    const capture = stateCapture(readFileSync(repositoryPath(`${folder}/testdata/state-transitions.json.gz`)))
    const kafkas = kafkasTransitions(capture)
    const texts = readmes.map(path => readFileSync(repositoryPath(path), 'utf8'))
    const machines = [...tables.keys()]
    const notShown = machines.filter(machine => !texts.some(text => text.includes(stateDiagram(machine))))
    const unseen = machines.flatMap(machine => unseenOf(machine, kafkas.get(machine)!))
    const wrong = [
      ...(await replayGroups(capture, 'classic')),
      ...(await replayGroups(capture, 'consumer')),
      ...(await replayTransactions(capture)),
      ...unseen.map(transition => `${transition}: Kafka was not seen to do it`),
      ...notShown.map(machine => `the table of the ${machine} is not in a README`),
    ]
    const vitest = repositoryPath('node_modules/.bin/vitest')
    const transcripts = await runCommand(vitest, ['run', ...tests])
    const counted = machines.map(machine => `${machine} ${countOf(machine, kafkas.get(machine)!)}`).join(', ')
    const steps = [capture.classic, capture.consumer, capture.transactions].reduce(
      (sum, part) => sum + sentActions(part).length,
      0,
    )
    const files = transcriptFolders.flatMap(path => readdirSync(repositoryPath(path))).length
    const own = transcripts.code === 0 ? 'hold' : 'DO NOT HOLD'
    const figure = `transitions seen in Kafka: ${counted}; ${steps} requests asked of both, ${wrong.length} differences; ${files} transcripts of our own ${own}`
    const told = wrong
      .slice(0, wrongShownMax)
      .map(line => `\n${line.slice(0, 500)}`)
      .join('')
    return { pass: wrong.length === 0 && transcripts.code === 0, figure: figure + told }
  },
}

function unseenOf(machine: Machine, seen: ReadonlySet<string>): string[] {
  const elsewhere = shownElsewhere.get(machine)
  return transitionsOf(machine).filter(each => !seen.has(each) && !elsewhere?.has(each))
}

function countOf(machine: Machine, seen: ReadonlySet<string>): string {
  const all = transitionsOf(machine)
  const elsewhere = shownElsewhere.get(machine)?.size ?? 0
  const count = all.filter(each => seen.has(each)).length
  return `${count} of ${all.length}${elsewhere > 0 ? ` (${elsewhere} cannot be seen)` : ''}`
}
