// A broker of its own with three log directories, between which replicas move: by AdminClient, by kafka-reassign-partitions, and from
// one broker to the other, which finishes what the first one left half done. Then real Kafka on what our broker leaves behind.
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startKafka } from '../kafka-target.mjs'
import { startMillrace } from '../millrace-target.mjs'
import { runProgramSuite } from '../program-suite.mjs'
import { snapshot } from './disk.mjs'

export const logDirs = {
  name: 'log-dirs',
  needs: ['java'],
  async run({ target, report, tools, settings, prefix }) {
    if (!report.wantsSuite('log-dirs')) return
    const java = await tools.java
    const folder = mkdtempSync(join(tmpdir(), 'millrace-compat-log-dirs-'))
    const options = { logDirs: ['a', 'b', 'c'].map(name => join(folder, name)), settings }
    const starts = { kafka: () => startKafka({ ...options, jars: java.jars }), millrace: () => startMillrace(options) }
    const other = target === 'kafka' ? 'millrace' : 'kafka'
    const run = { report, java, prefix: `${prefix}-dirs`, ...options }
    try {
      const topic = await firstBroker(run, await starts[target]())
      await secondBroker(run, await starts[other](), other, topic)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

/** Answers what it has left: a topic that moves, where to, and what was served. */
async function firstBroker(run, broker) {
  const { report, java, prefix } = run
  const left = { topic: `${prefix}-left` }
  try {
    const command = { command: 'java', args: java.programArguments('512M') }
    await runProgramSuite(report, 'log-dirs', command, { bootstrap: broker.bootstrap, prefix, mode: 'log-dirs' })
    await report.check('log-dirs/kafka-reassign-partitions: log_dirs', () => reassign(run, broker))
    await report.check('log-dirs/a move is under way when the broker stops', async () => {
      const { stdout } = await java.program(['leave-moving', broker.bootstrap, left.topic])
      Object.assign(left, { target: /^@\S+ (\S+)$/m.exec(stdout)[1], served: await snapshot(java, broker.bootstrap) })
      await broker.stop()
      assert.equal(copies(run).length, 1)
    })
  } finally {
    await broker.kill()
  }
  return left
}

async function secondBroker(run, broker, name, { topic, target, served }) {
  const { report, java } = run
  try {
    await report.check(`log-dirs/${name} opens the directories, serves the same and finishes the move`, async () => {
      assert.deepEqual(differences(served, await snapshot(java, broker.bootstrap)), { gone: [], come: [] })
      await java.program(['finish-move', broker.bootstrap, topic, target])
      await broker.stop()
      assert.deepEqual(copies(run), [])
    })
  } finally {
    await broker.kill()
  }
}

const copies = run => run.logDirs.flatMap(folder => readdirSync(folder).filter(name => name.endsWith('-future')))

function differences(before, after) {
  const gone = before.filter(line => !after.includes(line))
  const come = after.filter(line => !before.includes(line))
  return { gone: gone.slice(0, 20), come: come.slice(0, 20) }
}

async function reassign({ java, prefix, logDirs: folders }, broker) {
  const tool = (name, ...args) => java.tool(name, ['--bootstrap-server', broker.bootstrap, ...args])
  const topic = `${prefix}-reassigned`
  const file = `${folders[0]}-reassignment.json`
  await tool('topics', '--create', '--topic', topic, '--partitions', '2')
  const partitions = [0, 1].map(partition => ({ topic, partition, replicas: [1], log_dirs: [folders[2 - partition]] }))
  writeFileSync(file, JSON.stringify({ version: 1, partitions }))
  const { stdout } = await tool('reassign', '--reassignment-json-file', file, '--execute')
  assert.match(stdout, /Successfully started (partition reassignments|log directory moves)/)
  for (let round = 0; ; round += 1) {
    const { stdout: verified } = await tool('reassign', '--reassignment-json-file', file, '--verify')
    if ((verified.match(/is completed|completed successfully/g) ?? []).length >= 2) break
    assert.ok(round < 20, `not completed:\n${verified}`)
  }
  for (const partition of [0, 1]) assert.ok(readdirSync(folders[2 - partition]).includes(`${topic}-${partition}`))
}
