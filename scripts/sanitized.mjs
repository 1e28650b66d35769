// `npm run test:sanitized`: the addon's tests with the addon under AddressSanitizer and UndefinedBehaviorSanitizer, which end
// the process at the first finding. Says so and succeeds where the compiler has no sanitizers.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ensureBuilt, ensureInstalled, root, run } from './installed.mjs'
import { compileAddon, compiler } from './native.mjs'

const sanitizers = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all', '-fno-omit-frame-pointer', '-g', '-O1']

/** Node is not built for it, so that the library must be there before anything else of the process. */
function sanitizerLibrary() {
  const name = compiler()
  if (process.platform !== 'linux' || name === undefined) return undefined
  for (const library of ['libasan.so', `libclang_rt.asan-${{ x64: 'x86_64', arm64: 'aarch64' }[process.arch]}.so`]) {
    const path = spawnSync(name, [`-print-file-name=${library}`], { encoding: 'utf8' }).stdout.trim()
    if (path.includes('/') && existsSync(path)) return path
  }
}

ensureInstalled()
ensureBuilt()
const library = sanitizerLibrary()
if (library === undefined) {
  console.log('skipped: there is no C compiler with sanitizers here (libasan)')
  process.exit(0)
}
// Not in dist/, which is published.
const addon = join(root, '.cache/native-sanitized.node')
const failure = compileAddon(addon, sanitizers)
if (failure !== undefined) {
  console.error(failure)
  process.exit(1)
}
const env = {
  ...process.env,
  MILLRACE_NATIVE: addon,
  LD_PRELOAD: library,
  // Node itself leaves memory to the end of the process; what the addon opens is counted by its tests.
  ASAN_OPTIONS: 'detect_leaks=0',
  UBSAN_OPTIONS: 'print_stacktrace=1',
}
const suites = ['io/native', 'io/real-net.test.ts', 'protocol/records/compression.test.ts']
run(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...suites, ...process.argv.slice(2)], env)
