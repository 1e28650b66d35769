// Other people's programs as child processes: run one to its end, or keep one running and end it by its own handle.
// Invariant: whatever is started here is ended at the latest when this process exits; nothing is ended by name.
import { spawn } from 'node:child_process'

const running = new Set()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** A program that did not do what it was run for; the message holds its command and the end of what it printed. */
export class ProgramFailed extends Error {
  constructor(result, why) {
    super(`${why}: ${result.command}\n${tail(result.stdout)}${tail(result.stderr)}`)
    this.result = result
  }
}

function tail(text, charsMax = 6000) {
  return text.length > charsMax ? `...${text.slice(-charsMax)}` : text
}

/**
 * Starts a program. `done` resolves with { command, status, signal, stdout, stderr, timedOut } and never rejects for a
 * failing program. `onLine` sees each line of its standard output as it comes.
 */
export function start(command, args, { cwd, env, input, timeoutMs, onLine, encoding = 'utf8' } = {}) {
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] })
  running.add(child)
  const result = { command: [command, ...args].join(' '), status: null, signal: null, stdout: '', stderr: '' }
  let rest = ''
  child.stdout.setEncoding(encoding).on('data', text => {
    result.stdout += text
    if (!onLine) return
    const lines = (rest + text).split('\n')
    rest = lines.pop()
    for (const line of lines) onLine(line)
  })
  child.stderr.setEncoding('utf8').on('data', text => {
    result.stderr += text
  })
  child.stdin.on('error', () => {}) // a program that ends without reading its input is judged by its output
  if (input !== undefined) child.stdin.write(input)
  child.stdin.end()
  const timer = timeoutMs && setTimeout(() => endLate(child, result), timeoutMs)
  const done = new Promise(resolve => {
    child.on('error', cause => finish(null, null, cause))
    child.on('close', (status, signal) => finish(status, signal))
    function finish(status, signal, cause) {
      clearTimeout(timer)
      running.delete(child)
      if (cause) result.stderr += `${cause}\n`
      resolve(Object.assign(result, { status, signal }))
    }
  })
  return { child, result, done }
}

function endLate(child, result) {
  result.timedOut = true
  child.kill('SIGKILL')
}

/** Runs a program to its end and answers its result; throws ProgramFailed unless it exits with 0 in time. */
export async function run(command, args, options = {}) {
  const result = await start(command, args, { timeoutMs: 120_000, ...options }).done
  if (result.timedOut) throw new ProgramFailed(result, 'ran out of time')
  if (result.status !== 0 && !options.anyStatus) throw new ProgramFailed(result, `exit code ${result.status}`)
  return result
}

/** Whether a command exists: runs it with the given arguments and looks at nothing but whether it started and ended well. */
export async function works(command, ...args) {
  return (await start(command, args, { timeoutMs: 30_000 }).done).status === 0
}
