// A fresh clone, `npm start`, and the README's kafkajs script.

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { repositoryRoot } from '../../testing/repository-path.ts'
import { runCommand } from '../run-command.ts'
import type { Show } from './show.ts'

const readyMsMax = 180_000
const stopMsMax = 30_000

/** `npm start` in the clone, on a free port, until it prints `ready`. */
function npmStart(clone: string): Promise<{ child: ChildProcess; address: string; line: string }> {
  const child = spawn('npm', ['start', '--', '--port', '0'], {
    cwd: clone,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return new Promise((resolve, reject) => {
    let output = ''
    const timer = globalThis.setTimeout(() => reject(new Error(`no ready line:\n${output}`)), readyMsMax)
    const gather = (chunk: Buffer) => {
      output += chunk
      const ready = /^ready .*?(127\.0\.0\.1:\d+).*$/m.exec(output)
      if (!ready) return
      clearTimeout(timer)
      resolve({ child, address: ready[1]!, line: ready[0] })
    }
    child.stdout.on('data', gather)
    child.stderr.on('data', gather)
    child.once('exit', code => reject(new Error(`npm start ended with ${code}:\n${output}`)))
  })
}

/** npm and what it started, as Ctrl-C in a terminal ends them. npm may be gone before the broker has closed its files. */
async function stop(child: ChildProcess): Promise<void> {
  const group = -child.pid!
  process.kill(group, 'SIGTERM')
  for (const endMs = performance.now() + stopMsMax; isRunning(group); await setTimeout(20)) {
    if (performance.now() > endMs) throw new Error(`npm start did not stop within ${stopMsMax} ms of SIGTERM`)
  }
}

function isRunning(group: number): boolean {
  try {
    return process.kill(group, 0)
  } catch {
    return false
  }
}

export const mainJob1: Show = {
  id: 'main-job.1',
  title: "a fresh clone: npm start prints ready; the README's kafkajs script reads 100,000 records exactly once",
  async run() {
    const clone = join(mkdtempSync(join(tmpdir(), 'millrace-clone-')), 'millrace')
    try {
      const cloned = await runCommand('git', ['clone', '--quiet', repositoryRoot, clone])
      if (cloned.code !== 0) return { pass: false, figure: cloned.output }
      const first = await npmStart(clone)
      await stop(first.child)
      const second = await npmStart(clone)
      const script = await runCommand(process.execPath, ['examples/kafkajs.mjs', second.address], { cwd: clone })
      await stop(second.child)
      const figure = `first "${first.line}", second "${second.line}"; ${script.output.trim().split('\n').at(-1)}`
      return { pass: script.code === 0 && script.output.includes('each exactly once'), figure }
    } finally {
      rmSync(join(clone, '..'), { recursive: true, force: true })
    }
  },
}
