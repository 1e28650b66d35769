// Every suite in the order in which they start: its name, the tools it needs, and how it runs.
// `onRequest`: takes long and runs only when it is asked for, by its name or with everything; it runs alone, after the others.
// What waits for rebalances runs beside what computes; node-rdkafka, which takes longest to compile, comes late.
import { admin } from './checks/admin.mjs'
import { clientProducer } from './checks/client-producer.mjs'
import { clientTls } from './checks/client-tls.mjs'
import { commandLine } from './checks/command-line.mjs'
import { compaction } from './checks/compaction.mjs'
import { consumer } from './checks/consumer.mjs'
import { consumerFaults } from './checks/consumer-faults.mjs'
import { crossClient } from './checks/cross-client.mjs'
import { damagedCoordinators } from './checks/damaged-coordinators.mjs'
import { descriptors } from './checks/descriptors.mjs'
import { dynamicSettings } from './checks/dynamic-settings.mjs'
import { kafkaTools } from './checks/kafka-tools.mjs'
import { kcat } from './checks/kcat.mjs'
import { kgo, kgoChaos } from './checks/kgo.mjs'
import { logDirs } from './checks/log-dirs.mjs'
import { registryInputs, registryInputsAll } from './checks/registry-inputs.mjs'
import { wire } from './checks/wire.mjs'
import { runProgramSuite } from './program-suite.mjs'
import { programs } from './programs.mjs'

const programSuite = name => ({
  name,
  needs: [programs[name].tool],
  async run({ target, broker, report, tools, prefix }) {
    const program = programs[name].command(await tools[programs[name].tool])
    const command = { ...program, env: { ...program.env, MILLRACE_COMPAT_TARGET: target } }
    await runProgramSuite(report, name, command, { bootstrap: broker.bootstrap, prefix: `${prefix}-${name}` })
  },
})

export const suites = [
  programSuite('java'),
  descriptors,
  wire,
  clientProducer,
  kafkaTools,
  admin,
  commandLine,
  consumer,
  consumerFaults,
  compaction,
  damagedCoordinators,
  logDirs,
  dynamicSettings,
  registryInputs,
  registryInputsAll,
  kcat,
  ...['kafkajs', 'platformatic', 'confluent', 'franz', 'rdkafka'].map(programSuite),
  crossClient,
  clientTls,
  kgo,
  kgoChaos,
]
