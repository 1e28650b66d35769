// Every question, in the order in which `all` asks them.

import type { Question } from '../comparison/question.ts'
import { produce100b } from './produce-100b.ts'
import { singleRecord } from './single-record.ts'

export const questions: readonly Question[] = [produce100b, singleRecord]
