// Every suite, longest first: its name, the tools it needs, and how it runs.
import { descriptors } from './checks/descriptors.mjs'
import { kafkaTools } from './checks/kafka-tools.mjs'
import { wire } from './checks/wire.mjs'
import { runProgramSuite } from './program-suite.mjs'

const programSuite = (name, tool, program) => ({
  name,
  needs: [tool],
  async run({ broker, report, tools, prefix }) {
    const command = program(await tools[tool])
    await runProgramSuite(report, name, command, { bootstrap: broker.bootstrap, prefix: `${prefix}-${name}` })
  },
})

export const suites = [
  descriptors,
  wire,
  kafkaTools,
  programSuite('java', 'java', java => ({ command: 'java', args: java.programArguments('512M') })),
]
