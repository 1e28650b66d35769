// What the checks of Kafka's command line tools share: running a tool against the broker, topics and records of their own, files for
// those that read one.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export class ToolKit {
  #names = 0

  constructor(java, broker, prefix) {
    Object.assign(this, { java, broker, prefix })
  }

  name(what) {
    return `${this.prefix}-${what}-${++this.#names}`
  }

  /** Runs a tool against the broker and resolves with what it printed. */
  async run(tool, args, options) {
    return (await this.java.tool(tool, ['--bootstrap-server', this.broker.bootstrap, ...args], options)).stdout
  }

  /** The same, however the tool ends: standard output and error. */
  async runToEnd(tool, args) {
    const { stdout, stderr } = await this.#anyEnd(tool, args)
    return stdout + stderr
  }

  /** Runs a tool that must fail, and resolves with all that it printed. */
  async fails(tool, args) {
    const result = await this.#anyEnd(tool, args)
    assert.notEqual(result.status, 0, `${result.command} did not fail:\n${result.stdout}`)
    return result.stdout + result.stderr
  }

  #anyEnd(tool, args) {
    return this.java.tool(tool, ['--bootstrap-server', this.broker.bootstrap, ...args], { anyStatus: true })
  }

  async topic(partitions = 1, ...more) {
    const topic = this.name('t')
    await this.run('topics', ['--create', '--topic', topic, '--partitions', String(partitions), ...more])
    return topic
  }

  produce(topic, input, ...more) {
    return this.run('producer', ['--topic', topic, ...more], { input })
  }

  async consume(topic, count, ...more) {
    const fixed = ['--topic', topic, '--max-messages', String(count), '--timeout-ms', '30000']
    const printed = await this.run('consumer', [...fixed, ...more])
    return printed.trimEnd().split('\n')
  }

  /** Runs the body with the path of a file that holds this as JSON; the file goes with it. */
  async withJson(value, body) {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-compat-'))
    try {
      const file = join(folder, 'input.json')
      writeFileSync(file, JSON.stringify(value))
      return await body(file)
    } finally {
      rmSync(folder, { recursive: true })
    }
  }
}

/** What asks for a group protocol: classic or consumer. */
export const groupProtocol = name => ['--command-property', `group.protocol=${name}`]

export const lines = text => text.split('\n').filter(Boolean)
