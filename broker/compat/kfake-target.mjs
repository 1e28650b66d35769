// kfake, franz-go's fake cluster, as a target: three brokers in one process that keep everything in memory.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { setupKfake } from './tools/kfake.mjs'

/** Resolves with `{ bootstrap, pid, output(), stop(), kill() }` when it listens. It ends with this process. */
export async function startKfake() {
  const program = await setupKfake()
  // Its standard input stays open: it ends when that does.
  const child = spawn(program, { stdio: ['pipe', 'pipe', 'pipe'] })
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', text => {
    errors += text
  })
  const ended = new Promise(resolve => child.on('close', resolve))
  const ready = new Promise(resolve => {
    createInterface({ input: child.stdout }).on('line', line => line.startsWith('ready ') && resolve(line.slice(6)))
  })
  const bootstrap = await Promise.race([ready, ended.then(() => undefined)])
  if (bootstrap === undefined) throw new Error(`kfake ended while starting: ${errors}`)
  const end = async () => {
    child.stdin.end()
    await ended
  }
  const kill = async () => {
    child.kill('SIGKILL')
    await ended
  }
  return { bootstrap, pid: child.pid, output: () => errors, stop: end, kill }
}
