// Avro's Java library (1.12.2, from Maven Central) as the judge: AvroJudge.java answers questions, some hundreds in each process.

import { join } from 'node:path'
import { repositoryPath } from '../../testing/repository-path.ts'
import { cacheModule, processModule } from '../comparison/compat-module.ts'
import type { Answer } from './answers.ts'
import type { Question } from './questions.ts'

const questionsOfProcess = 1000
const [fetchMsMax, judgeMsMax] = [300_000, 300_000]

export type Judge = (questions: readonly Question[]) => Promise<Answer[]>

/** Fetches and compiles what is missing, once for each machine. Rejects with a sentence where there is no JDK or no Maven. */
export async function javaJudge(): Promise<Judge> {
  const [{ cached }, { run, works }] = [await cacheModule(), await processModule()]
  for (const command of ['java', 'javac']) {
    if (!(await works(command, '-version')))
      throw new Error(`there is no \`${command}\` here: install a JDK, 17 or newer`)
  }
  if (!(await works('mvn', '-version'))) throw new Error('there is no `mvn` here: install Maven')
  const [pom, program] = [repositoryPath('bench/avro/pom.xml'), repositoryPath('bench/avro/programs/AvroJudge.java')]
  const jars = await cached('avro-jars', { inputs: [pom] }, folder =>
    run('mvn', ['-q', '-B', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${folder}`], {
      timeoutMs: fetchMsMax,
    }),
  )
  const classes = await cached('avro-judge', { inputs: [pom, program] }, folder =>
    run('javac', ['-proc:none', '-d', folder, '-cp', join(jars, '*'), program]),
  )
  const args = ['-Xmx512M', '-XX:+UseSerialGC', '-cp', `${classes}:${join(jars, '*')}`, 'AvroJudge']
  return async questions => {
    const answers: Answer[] = []
    for (let from = 0; from < questions.length; from += questionsOfProcess) {
      const asked = questions.slice(from, from + questionsOfProcess)
      const input = asked.map(question => `${JSON.stringify(question)}\n`).join('')
      const { stdout } = await run('java', args, { input, timeoutMs: judgeMsMax })
      answers.push(
        ...stdout
          .trim()
          .split('\n')
          .map(line => JSON.parse(line) as Answer),
      )
    }
    return answers
  }
}
