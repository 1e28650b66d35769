// What .ci/run runs: `npm test`, the same under Node 24, the addon under sanitizers, `npm run test:compat`, every show reduced. Goes on after a failure so that one run tells all.
// Last line: N passed, N failed.
import { spawn } from 'node:child_process'
import { root } from './installed.mjs'

// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what is removed
const colours = /\x1b\[[0-9;]*m/g

function run(args) {
  return new Promise(resolve => {
    console.log(`\n== npm ${args.join(' ')}`)
    const child = spawn('npm', args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    child.stdout.on('data', chunk => {
      output += chunk
      process.stdout.write(chunk)
    })
    child.on('error', error => resolve({ code: 1, output: String(error) }))
    child.on('close', code => resolve({ code: code ?? 1, output: output.replace(colours, '') }))
  })
}

/** The last "N passed" and "N failed" that the command printed in a closing line. */
function counts(output, pattern) {
  const line = output.split('\n').findLast(text => pattern.test(text)) ?? ''
  const count = word => Number(new RegExp(`(\\d+) ${word}`).exec(line)?.[1] ?? 0)
  return { passed: count('passed'), failed: count('failed') }
}

const steps = [
  { args: ['test'], pattern: /^\s*Tests\s/ },
  { args: ['run', 'test:node24'], pattern: /^\s*Tests\s/ },
  { args: ['run', 'test:sanitized'], pattern: /^\s*Tests\s/ },
  { args: ['run', 'test:compat'], pattern: /\d+ passed, \d+ failed/ },
  { args: ['run', '--silent', 'show', '--', 'all', '--reduced'], pattern: /^\d+ passed, \d+ failed/ },
]
let passed = 0
let failed = 0
for (const { args, pattern } of steps) {
  const startedMs = performance.now()
  const { code, output } = await run(args)
  const result = counts(output, pattern)
  // A step that failed without counting a failure (it did not install, did not build, ran nothing) is one failure.
  if ((code !== 0 && result.failed === 0) || result.passed + result.failed === 0) result.failed += 1
  passed += result.passed
  failed += result.failed
  console.log(`== npm ${args.join(' ')}: exit ${code}, ${((performance.now() - startedMs) / 1000).toFixed(0)} s`)
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
