// A registry on a topic in memory, as a process: for programs that ask it over HTTP. Prints its address when it listens, and runs until
// it is killed.
//
//     node dist/schema-registry/testing/memory-server-main.js

import { silentLogger } from '../../io/logger.ts'
import { realClock } from '../../io/real-clock.ts'
import { avroType } from '../avro/avro-type.ts'
import { Registry } from '../registry.ts'
import { registryServer } from '../server.ts'
import { RegistryState } from '../store/state.ts'
import { MemoryLog } from './memory-log.ts'

const state = new RegistryState()
const clock = realClock()
const log = new MemoryLog(state, () => clock.now())
const leadership = { isLeader: true, leaderUrl: undefined, epoch: 1 }
const registry = new Registry({ state, log, leadership, types: [avroType] })
const logger = { ...silentLogger, error: (fields: object, text: string) => console.error(text, fields) }
const app = registryServer({
  registry,
  clock,
  logger,
  version: '0.0.0',
  kafkaClusterId: () => 'none',
  groupId: 'schema-registry',
})
console.log(await app.listen({ host: '127.0.0.1', port: 0 }))
