// Writes what Java says of generated pairs into schema-registry/testdata/avro-pairs.jsonl.gz, so that `npm test` needs no Java:
//   node scripts/run.mjs bench/avro/vectors-main.ts

import { writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { repositoryPath } from '../../testing/repository-path.ts'
import { javaJudge } from './judge.ts'
import { madeQuestion } from './questions.ts'

const pairs = 1200

const questions = Array.from({ length: pairs }, (_, seed) => madeQuestion(seed))
const answers = await (await javaJudge())(questions)
const lines = questions.map((question, i) => `${JSON.stringify({ question, answer: answers[i] })}\n`)
const path = repositoryPath('schema-registry/testdata/avro-pairs.jsonl.gz')
writeFileSync(path, gzipSync(lines.join(''), { level: 9 }))
console.log(`${path}: ${pairs} pairs`)
