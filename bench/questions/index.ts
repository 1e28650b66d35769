// Every question, in the order in which `all` asks them.

import type { Question } from '../comparison/question.ts'
import { compaction } from './compaction.ts'
import { connections1000 } from './connections-1000.ts'
import { consume1 } from './consume-1.ts'
import { consume4 } from './consume-4.ts'
import { consume16 } from './consume-16.ts'
import { consumeCold } from './consume-cold.ts'
import { embeddedStart } from './embedded-start.ts'
import { latency } from './latency.ts'
import { librdkafka } from './librdkafka.ts'
import { memory } from './memory.ts'
import { partitions10000 } from './partitions-10000.ts'
import { produce1kb } from './produce-1kb.ts'
import { produce10kb } from './produce-10kb.ts'
import { produce12Partitions } from './produce-12-partitions.ts'
import { produce100Partitions } from './produce-100-partitions.ts'
import { produce100b } from './produce-100b.ts'
import { produceAcksAll } from './produce-acks-all.ts'
import { produceCodecs } from './produce-codecs.ts'
import { singleRecord } from './single-record.ts'
import { slowClients } from './slow-clients.ts'
import { startEmpty } from './start-empty.ts'
import { startFull } from './start-full.ts'

export const questions: readonly Question[] = [
  produce100b,
  produce1kb,
  produce10kb,
  produce12Partitions,
  produce100Partitions,
  produceCodecs,
  produceAcksAll,
  consume1,
  consume4,
  consume16,
  consumeCold,
  librdkafka,
  singleRecord,
  latency,
  compaction,
  partitions10000,
  connections1000,
  slowClients,
  embeddedStart,
  startEmpty,
  startFull,
  memory,
]
