// `npm run bench:clients -- <names | all> [--quick] [--rounds N] [--broker kafka] [--folder DIR]`: our client and other people's do the
// same work in turns on one broker, ours unless told otherwise; prints a table, and leaves it in bench/results as `npm run bench` does.

import { parseArgs } from 'node:util'
import { askClients } from './clients/ask.ts'
import { peerPrograms } from './clients/peer-programs.ts'
import { clientQuestions } from './clients/questions.ts'
import { writeClientResult } from './clients/write-client-result.ts'
import { machineLine } from './comparison/machine.ts'
import { Scale } from './comparison/question.ts'
import { ReadyMemory } from './comparison/ready-memory.ts'
import { shown, textTable } from './comparison/table.ts'
import { openWorkFolder } from './comparison/work-folder.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    broker: { type: 'string', default: 'millrace' },
    folder: { type: 'string' },
  },
})

const [fullRounds, quickRounds] = [3, 1]

/** Or what is wrong with them. */
function settings(): { broker: 'millrace' | 'kafka'; rounds: number } | string {
  const { broker } = values
  const rounds = Number(values.rounds ?? (values.quick ? quickRounds : fullRounds))
  const unknown = positionals.filter(name => name !== 'all' && !clientQuestions.some(each => each.name === name))
  if (unknown.length > 0) return `no question is named ${unknown.join(', ')}`
  if (broker !== 'millrace' && broker !== 'kafka') return `--broker takes millrace or kafka, not ${broker}`
  if (!Number.isInteger(rounds) || rounds < 1) return `--rounds takes a whole number from 1, not ${values.rounds}`
  return { broker, rounds }
}

function list(): void {
  console.log('npm run bench:clients -- <names | all> [--quick] [--rounds N] [--broker kafka] [--folder DIR]')
  for (const { name, says } of clientQuestions) console.log(`  ${name.padEnd(14)}  ${says}`)
}

async function main(): Promise<void> {
  const chosen = settings()
  if (positionals.length === 0 || typeof chosen === 'string') {
    if (typeof chosen === 'string') console.error(chosen)
    list()
    process.exitCode = typeof chosen === 'string' ? 1 : 0
    return
  }
  const folder = openWorkFolder(values.folder)
  const run = await peerPrograms()
  const memory = values.quick ? undefined : ReadyMemory.open()
  const questions = clientQuestions.filter(({ name }) => positionals.includes('all') || positionals.includes(name))
  for (const question of questions) {
    console.log(`\n${question.name}: ${question.says} (${chosen.rounds} rounds, on ${chosen.broker})`)
    const result = await askClients(question, {
      ...chosen,
      scale: new Scale(values.quick),
      folder,
      run,
      memory,
      onPass: (work, peer, round, { value, rate }) => {
        const quoted = rate === undefined ? '' : `, ${shown(rate)} ${work.rateUnit}`
        console.log(`  ${round === 0 ? 'warm-up' : `round ${round}`}  ${peer.name.padEnd(26)}  ${work.name}: ${shown(value)} ${work.unit}${quoted}`) // biome-ignore format: one thought
      },
    })
    const path = writeClientResult(result)
    console.log(`\n${textTable(result.rows)}\n\n${machineLine(result.machine)}\n${path} (${result.seconds} s)`)
  }
}

await main()
