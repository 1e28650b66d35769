// Several programs that start at the same moment in one clone: one installs and builds, the others wait for it. With processes that
// really run beside each other, in a folder whose compiler only notes when it was called.

import { type ChildProcess, spawn } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'

let root: string
const running: ChildProcess[] = []

const write = (name: string, text: string) => {
  mkdirSync(dirname(join(root, name)), { recursive: true })
  writeFileSync(join(root, name), text)
}
const noted = () => readFileSync(join(root, 'noted'), 'utf8').trim().split('\n')

/** Notes its beginning and its end, and takes a moment between them. */
const slowCompiler = `
const { appendFileSync, mkdirSync } = require('node:fs')
appendFileSync('noted', 'begin\\n')
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(process.env.COMPILER_MS ?? 300))
mkdirSync('dist', { recursive: true })
appendFileSync('noted', 'end\\n')
`

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'millrace-build-'))
  mkdirSync(join(root, 'scripts'))
  for (const name of ['build.mjs', 'installed.mjs', 'native.mjs', 'build-lock.mjs']) {
    copyFileSync(join(import.meta.dirname, name), join(root, 'scripts', name))
  }
  write('package.json', '{ "type": "module" }')
  write('package-lock.json', '{}')
  write('node_modules/.package-lock.json', '{}')
  write('node_modules/typescript/package.json', '{ "type": "commonjs" }')
  write('node_modules/typescript/bin/tsc', slowCompiler)
  write('scripts/bundle.mjs', '')
  write('tsconfig.json', '{}')
  write('broker/one.ts', '')
  write('io/native/addon.c', '')
  write(`dist/native/millrace-${process.platform}-${process.arch}.node`, '')
  write('noted', '')
})

afterEach(() => {
  for (const child of running.splice(0)) kill(child)
  rmSync(root, { recursive: true, force: true })
})

/** With the compiler that it has started. */
function kill(child: ChildProcess): void {
  try {
    process.kill(-child.pid!, 'SIGKILL')
  } catch {
    // It has ended.
  }
}

function build(env: Record<string, string> = {}) {
  const child = spawn(process.execPath, ['scripts/build.mjs'], {
    cwd: root,
    env: { ...process.env, ...env },
    detached: true,
  })
  running.push(child)
  let printed = ''
  child.stdout.on('data', text => (printed += text))
  child.stderr.on('data', text => (printed += text))
  const ended = new Promise<{ status: number | null; printed: string }>(resolve =>
    child.on('close', status => resolve({ status, printed })),
  )
  return { child, ended }
}

const until = async (isTrue: () => boolean) => {
  while (!isTrue()) await new Promise(resolve => setTimeout(resolve, 20))
}

test('of several that start at once one builds, the others wait for it', async () => {
  const outcomes = await Promise.all([build(), build(), build(), build()].map(({ ended }) => ended))
  expect(outcomes.map(({ status }) => status)).toEqual([0, 0, 0, 0])
  expect(noted()).toEqual(['begin', 'end'])
  expect((await build().ended).printed).toBe('')
  expect(noted()).toEqual(['begin', 'end'])
})

test('who was killed while it built holds nobody up: one of those that come builds', async () => {
  const killed = build({ COMPILER_MS: '600000' })
  await until(() => noted().includes('begin'))
  expect(readFileSync(join(root, 'dist/.lock'), 'utf8')).toBe(`${killed.child.pid}\n`)
  kill(killed.child)
  await killed.ended
  const outcomes = await Promise.all([build(), build(), build()].map(({ ended }) => ended))
  expect(outcomes.map(({ status }) => status)).toEqual([0, 0, 0])
  expect(noted()).toEqual(['begin', 'begin', 'end'])
  expect(readdirSync(join(root, 'dist')).sort()).toEqual(['.built', 'native'])
})

test('who waits says for whom; a build that fails lets the next one try', async () => {
  write('scripts/bundle.mjs', 'process.exit(3)')
  const first = build()
  await until(() => noted().includes('begin'))
  const second = build()
  expect((await first.ended).status).toBe(3)
  const { status, printed } = await second.ended
  expect(status).toBe(3)
  expect(printed).toBe(`waiting for another install or build in this folder (process ${first.child.pid}) ...\n`)
  expect(noted()).toEqual(['begin', 'end', 'begin', 'end'])
})

test('what is saved while the compiler runs is built by the next one', async () => {
  const first = build()
  await until(() => noted().includes('begin'))
  write('broker/two.ts', '')
  await first.ended
  await build().ended
  expect(noted()).toEqual(['begin', 'end', 'begin', 'end'])
})
