// `npm run bench -- <names | all> [--quick] [--rounds N] [--folder DIR]`: our broker and Apache Kafka do the same work in
// turns; prints a table, and leaves it as JSON and as a picture in bench/results. Without a name it lists the questions.
// `npm run bench -- table` makes the table in bench/README.md from the results that are there.

import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { repositoryPath } from '../testing/repository-path.ts'
import { clientQuestions } from './clients/questions.ts'
import { fullTable, replaceTable } from './comparison/full-table.ts'
import { describeMachine, type Machine, machineLine } from './comparison/machine.ts'
import { plot } from './comparison/plot.ts'
import { type Question, rowsOf, Scale } from './comparison/question.ts'
import { ReadyMemory } from './comparison/ready-memory.ts'
import { type BenchResult, readResults, writeResult } from './comparison/result.ts'
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
  const { full, quick } = question.rounds ?? { full: 5, quick: 1 }
  const rounds = given ?? (values.quick ? quick : full)
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new Error(`--rounds takes a whole number from 1, not ${values.rounds}`)
  return rounds
}

interface Where {
  readonly machine: Machine
  readonly memory: ReadyMemory | undefined
}

async function ask(question: Question, sides: readonly Side[], { machine, memory }: Where): Promise<BenchResult> {
  const rounds = roundsOf(question)
  const startedMs = performance.now()
  console.log(`\n${question.name}: ${question.says} (${rounds} rounds)`)
  const figures = await runQuestion(question, {
    sides,
    rounds,
    scale: new Scale(values.quick),
    memory,
    onPass: (work, side, round, { value, rate }) => {
      const quoted = rate === undefined ? '' : `, ${shown(rate)} ${work.rateUnit}`
      console.log(`  ${round === 0 ? 'warm-up' : `round ${round}`}  ${side.name.padEnd(8)}  ${work.name}: ${shown(value)} ${work.unit}${quoted}`) // biome-ignore format: one thought
    },
  })
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
  console.log('npm run bench -- <names | all> [--quick] [--rounds N] [--folder DIR]')
  const width = Math.max(...questions.map(({ name }) => name.length))
  for (const { name, says } of questions) console.log(`  ${name.padEnd(width)}  ${says}`)
  console.log(
    `  ${'table'.padEnd(width)}  the table of the results that are there, printed and put into bench/README.md`,
  )
}

/** Into the README what full runs found; what quick ones found is only printed. */
function writeTable(): void {
  const order = [...questions, ...clientQuestions].map(({ name }) => name)
  const table = fullTable(readResults(values.quick), order)
  console.log(table)
  if (values.quick) return
  const path = repositoryPath('bench/README.md')
  writeFileSync(path, replaceTable(readFileSync(path, 'utf8'), table))
}

async function main(): Promise<void> {
  const [wanted] = positionals
  if (wanted === undefined) return list()
  if (wanted === 'table') return writeTable()
  const unknown = positionals.filter(name => name !== 'all' && !questions.some(question => question.name === name))
  const chosen = wanted === 'all' ? questions : questions.filter(({ name }) => positionals.includes(name))
  if (unknown.length > 0) {
    console.log(`no question is named ${unknown.join(', ')}; there are:`)
    list()
    process.exitCode = 1
    return
  }
  await kafkaJars()
  const folder = openWorkFolder(values.folder)
  const failed = await askAll(chosen, folder, values.quick ? undefined : ReadyMemory.open())
  if (failed.length > 0) console.error(`failed: ${[...new Set(failed)].join(', ')}`)
  process.exit(failed.length === 0 ? 0 : 1)
}

/**
 * Every question has brokers of its own on empty directories; only quick runs, where starting would be most of the time,
 * keep them from one question to the next. Resolves with the names of those that failed.
 */
async function askAll(chosen: readonly Question[], folder: string, memory?: ReadyMemory): Promise<string[]> {
  const sides = (['millrace', 'kafka'] as const).map(name => new Side({ name, folder }))
  const failed: string[] = []
  for (const [index, question] of chosen.entries()) {
    const next = chosen[index + 1]
    const isKept = values.quick && !question.isAlone && next && !next.isAlone
    const fail = (error: Error) => {
      failed.push(question.name)
      console.error(`${question.name} FAILED: ${error.stack}`)
    }
    await ask(question, sides, { machine: await describeMachine(folder), memory }).catch(fail)
    const hasFailed = failed.at(-1) === question.name
    // A broker that does not end well fails the question that it served.
    for (const side of sides) if (!isKept || hasFailed) await side.clear().catch(fail)
  }
  return failed
}

await main()
