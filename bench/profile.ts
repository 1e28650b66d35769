// `npm run bench:profile -- <name> [--quick] [--only cpu|flame|doctor|bubbleprof]`: our broker alone under a question's load,
// with V8's own profiler and with Clinic.js. Prints the functions that took the time and leaves the reports in
// bench/results/profile/<name>. What prepares the load (the records that consumers read) is not in the profile.

import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { repositoryPath } from '../testing/repository-path.ts'
import { type Question, Scale, worksOf } from './comparison/question.ts'
import { asUsersDo, type Launch, Side } from './comparison/side.ts'
import { openWorkFolder } from './comparison/work-folder.ts'
import { kafkaJars } from './disk-swap/target.ts'
import {
  type ClinicTool,
  clinicArguments,
  clinicProgram,
  clinicQuiet,
  clinicTools,
  endUnderClinic,
  reportsIn,
} from './profile/clinic.ts'
import { type CpuProfile, foldProfile } from './profile/cpu-profile.ts'
import { profileTable } from './profile/cpu-profile-table.ts'
import { questions } from './questions/index.ts'

/** The modules one by one and not the bundle, so that places are those of the sources. */
const program = repositoryPath('dist/cli/main.js')
const functionsShown = 25

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false }, only: { type: 'string' }, folder: { type: 'string' } },
})

/** The question's load on our broker started in another way; the profiler writes when the broker ends. */
async function underLoad(question: Question, folder: string, scale: Scale, launch: Launch): Promise<void> {
  const side = new Side({ name: 'millrace', folder })
  for (const work of worksOf(question, scale)) {
    side.launch = asUsersDo
    await work.prepare?.(side, scale)
    await side.stop()
    side.launch = launch
    await work.pass(side, scale)
    console.log(`  ${work.name}: done`)
    await work.finish?.(side, scale)
    await side.stop()
  }
  await side.clear()
}

/** Every thread and every start has a profile of its own; the one with the most work in it is the load's. */
function printCpuProfiles(folder: string): void {
  const found = readdirSync(folder)
    .filter(name => name.endsWith('.cpuprofile'))
    .map(name => {
      const profile = JSON.parse(readFileSync(join(folder, name), 'utf8')) as CpuProfile
      return { name, profile, busyMs: foldProfile(profile).busyMs }
    })
    .sort((a, b) => b.busyMs - a.busyMs)
  const [first, ...others] = found
  if (!first) throw new Error(`node left no profile in ${folder}`)
  console.log(`${join(folder, first.name)}\n${profileTable(first.profile, functionsShown)}`)
  for (const { name, busyMs } of others) console.log(`  also ${name}: busy ${busyMs.toFixed(0)} ms`)
}

async function profileWithNode(question: Question, work: string, reports: string): Promise<void> {
  console.log(`\n${question.name} with node --cpu-prof`)
  const nodeArguments = ['--cpu-prof', `--cpu-prof-dir=${reports}`]
  await underLoad(question, work, new Scale(values.quick), { nodeArguments, program, end: broker => broker.stop() })
  printCpuProfiles(reports)
}

/** Clinic makes a broker several times slower; bubbleprof writes some KB for each request, and breaks off at many. */
const clinicScales: Readonly<Record<ClinicTool, Scale>> = {
  flame: new Scale(true),
  doctor: new Scale(true),
  bubbleprof: new Scale(true, 50),
}

/** Whether every report was made. What one tool cannot do here does not keep the others from it. */
async function profileWithClinic(question: Question, work: string, reports: string): Promise<boolean> {
  Object.assign(process.env, clinicQuiet)
  const clinic = await clinicProgram()
  process.chdir(work) // where node writes its trace events
  let isComplete = true
  for (const tool of clinicTools.filter(name => values.only === undefined || values.only === name)) {
    console.log(`\n${question.name} with clinic ${tool}`)
    const nodeArguments = clinicArguments(clinic, tool, reports)
    await underLoad(question, work, clinicScales[tool], { nodeArguments, program, end: endUnderClinic }).catch(
      error => {
        isComplete = false
        console.error(`clinic ${tool} does not run here, its report is missing: ${(error as Error).message}`)
      },
    )
  }
  for (const report of reportsIn(reports)) console.log(report)
  return isComplete
}

async function main(): Promise<void> {
  const question = questions.find(({ name }) => name === positionals[0])
  const tools = ['cpu', ...clinicTools]
  if (!question || (values.only !== undefined && !tools.includes(values.only))) {
    console.log(`npm run bench:profile -- <name> [--quick] [--only ${tools.join('|')}]`)
    for (const { name, says } of questions) console.log(`  ${name}  ${says}`)
    process.exit(1)
  }
  await kafkaJars()
  const work = openWorkFolder(values.folder)
  const reports = repositoryPath(`bench/results/profile/${question.name}`)
  rmSync(reports, { recursive: true, force: true })
  mkdirSync(reports, { recursive: true })
  if (values.only === undefined || values.only === 'cpu') await profileWithNode(question, work, reports)
  const isComplete = values.only === 'cpu' || (await profileWithClinic(question, work, reports))
  process.exit(isComplete ? 0 : 1)
}

await main()
