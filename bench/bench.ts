// `npm run bench -- <name | all> [--quick] [--rounds N] [--folder DIR]`: our broker and Apache Kafka do the same work in
// turns; prints a table, and leaves it as JSON and as a picture in bench/results. Without a name it lists the questions.
// `npm run bench -- table [--quick]` prints the table of all results that are there, as bench/README.md has it.

import { parseArgs } from 'node:util'
import { describeMachine, type Machine, machineLine } from './comparison/machine.ts'
import { plot } from './comparison/plot.ts'
import { type Question, rowsOf, Scale } from './comparison/question.ts'
import { type BenchResult, writeResult } from './comparison/result.ts'
import { runQuestion } from './comparison/rounds.ts'
import { Side } from './comparison/side.ts'
import { shown, textTable } from './comparison/table.ts'
import { openWorkFolder } from './comparison/work-folder.ts'
import { kafkaJars } from './disk-swap/target.ts'
import { questions } from './questions/index.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    folder: { type: 'string' },
  },
})

function roundsOf(question: Question): number {
  const given = values.rounds === undefined ? undefined : Number(values.rounds)
  const { full, quick } = question.rounds ?? { full: 5, quick: 2 }
  const rounds = given ?? (values.quick ? quick : full)
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new Error(`--rounds takes a whole number from 1, not ${values.rounds}`)
  return rounds
}

async function ask(question: Question, folder: string, machine: Machine): Promise<BenchResult> {
  const sides = (['millrace', 'kafka'] as const).map(name => new Side({ name, folder }))
  const rounds = roundsOf(question)
  const startedMs = performance.now()
  console.log(`\n${question.name}: ${question.says} (${rounds} rounds)`)
  const figures = await runQuestion(question, {
    sides,
    rounds,
    scale: new Scale(values.quick),
    onPass: (work, side, round, { value, rate }) => {
      const quoted = rate === undefined ? '' : `, ${shown(rate)} ${work.rateUnit}`
      console.log(`  ${round === 0 ? 'warm-up' : `round ${round}`}  ${side.name.padEnd(8)}  ${work.name}: ${shown(value)} ${work.unit}${quoted}`) // biome-ignore format: one thought
    },
  })
  for (const side of sides) await side.clear()
  const rows = rowsOf(question, figures)
  const passes = figures.map(({ work, millrace, kafka }) => ({ work: work.name, millrace, kafka }))
  const seconds = Math.round((performance.now() - startedMs) / 1000)
  const { name, says } = question
  const result = { question: name, says, quick: values.quick, rounds, seconds, machine, rows, passes }
  const path = writeResult(result, plot(name, rows))
  console.log(`\n${textTable(rows)}\n\n${machineLine(machine)}\n${path} (${seconds} s)`)
  return result
}

function list(): void {
  console.log('npm run bench -- <name | all> [--quick] [--rounds N] [--folder DIR]')
  const width = Math.max(...questions.map(({ name }) => name.length))
  for (const { name, says } of questions) console.log(`  ${name.padEnd(width)}  ${says}`)
  console.log(`  ${'table'.padEnd(width)}  the table of the results that are there, for bench/README.md`)
}

async function main(): Promise<void> {
  const [wanted] = positionals
  if (wanted === undefined) return list()
  const chosen = wanted === 'all' ? questions : questions.filter(({ name }) => name === wanted)
  if (chosen.length === 0) {
    console.log(`no question is named ${wanted}; there are:`)
    list()
    process.exitCode = 1
    return
  }
  await kafkaJars()
  const folder = openWorkFolder(values.folder)
  const failed: string[] = []
  for (const question of chosen) {
    await ask(question, folder, await describeMachine(folder)).catch((error: Error) => {
      failed.push(question.name)
      console.error(`${question.name} FAILED: ${error.stack}`)
    })
  }
  process.exit(failed.length === 0 ? 0 : 1)
}

await main()
