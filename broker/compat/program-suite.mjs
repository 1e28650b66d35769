// Suites written in another language: one process that runs its checks itself and prints a line per check,
// `@{"check":"name","ok":true,"ms":12,"detail":"..."}`, and at its end `@{"done":N}`. Other lines are its own noise, shown when it fails.
import { start } from './process.mjs'

/** A quiet machine needs one minute for the longest; a program that is still running after this stands still. */
const programTimeoutMs = 900_000

/**
 * Runs such a program and enters its checks into the report under `suite/`. The arguments it gets are the bootstrap
 * address, a prefix for everything it creates, and the text that a check's name must contain to be run.
 */
export async function runProgramSuite(
  report,
  suite,
  { command, args, env, cwd },
  { bootstrap, prefix, timeoutMs = programTimeoutMs, mode = 'suite' },
) {
  const only = report.only?.startsWith(`${suite}/`) ? report.only.slice(suite.length + 1) : suiteFilter(report, suite)
  if (only === undefined) return
  const startedAt = Date.now()
  let seen = 0
  let done
  const program = start(command, [...args, mode, bootstrap, prefix, only], {
    env,
    cwd,
    timeoutMs,
    onLine(line) {
      if (!line.startsWith('@{')) return
      const entry = JSON.parse(line.slice(1))
      if (entry.done !== undefined) done = entry.done
      else {
        seen++
        if (entry.ok) report.pass(`${suite}/${entry.check}`, entry.ms)
        else report.fail(`${suite}/${entry.check}`, entry.ms, entry.detail)
      }
    },
  })
  const result = await program.done
  if (done === seen && result.status === 0) return
  const why = result.timedOut ? `no end within ${timeoutMs} ms` : `exit code ${result.status ?? result.signal}`
  report.fail(
    `${suite}/runs to its end`,
    Date.now() - startedAt,
    `${why}, ${seen} checks told\n${result.command}\n${noise(result)}`,
  )
}

/** A filter that names this suite, or no suite at all, lets all or the matching checks of the program run. */
function suiteFilter(report, suite) {
  if (!report.only || suite.includes(report.only)) return ''
  return report.only.includes('/') ? undefined : report.only
}

function noise({ stdout, stderr }) {
  const own = stdout.split('\n').filter(line => !line.startsWith('@')).join('\n') // biome-ignore format: one thought
  return `${own}\n${stderr}`.slice(-8000)
}
