// The examples for users, run as they would: by their own runners, on the package as it is built.

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')

function run(...args: string[]): { status: number | null; output: string } {
  // This run's own variables would make a runner within it one of its workers.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/VITEST|^NODE_TEST/.test(name)))
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8', env })
  return { status, output: stdout + stderr }
}

test.each([
  ['node:test', ['--test', 'examples/testing/with-node-test.mjs'], /pass 3/],
  ['vitest', ['node_modules/vitest/vitest.mjs', 'run', '--root', 'examples/testing'], /3 passed/],
])(
  '%s',
  (_, args, passed) => {
    expect(run('scripts/build.mjs')).toMatchObject({ status: 0 })
    const { status, output } = run(...args)
    expect(output).toMatch(passed)
    expect(status, output).toBe(0)
  },
  120_000,
)
