// Completion as the shells do it: the scripts run in the real ones, where they are installed.

import { execFileSync, spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { program } from '../program.ts'
import { wordOf } from './command.ts'
import { completionScript, type Shell } from './script.ts'

const script = async (shell: Shell) => completionScript(shell, wordOf(await program('all')))
const has = (shell: string) => spawnSync(shell, ['--version']).error === undefined

/** What bash offers for the line, whose last word is being typed. */
async function inBash(...words: string[]): Promise<string[]> {
  const line = words.map(word => `'${word}'`).join(' ')
  const run = `${await script('bash')}\nCOMP_WORDS=(${line}); COMP_CWORD=${words.length - 1}; _millrace; printf '%s\\n' "\${COMPREPLY[@]}"`
  return execFileSync('bash', ['-c', run], { encoding: 'utf8' }).split('\n').filter(Boolean)
}

test.skipIf(!has('bash'))('bash: commands, sub-commands, options, and options behind values', async () => {
  expect(await inBash('millrace', 'to')).toEqual(['topic'])
  expect(await inBash('millrace', 'topic', 'd')).toEqual(['describe', 'delete'])
  expect(await inBash('millrace', 'transactions', '')).toEqual(expect.arrayContaining(['list', 'hanging', 'abort']))
  expect(await inBash('millrace', 'topic', 'reassign', 'orders', '--')).toContain('--cancel')
  expect(await inBash('millrace', 'topic', 'create', 'orders', '--part')).toEqual(['--partitions'])
  expect(await inBash('millrace', 'topic', 'create', 'topic', '--dry')).toEqual(['--dry-run'])
  expect(await inBash('millrace', 'topic', 'list', '--part')).toEqual([])
})

test.skipIf(!has('zsh'))('zsh takes its script', async () => {
  expect(execFileSync('zsh', ['-n', '-c', await script('zsh')], { encoding: 'utf8' })).toBe('')
})

test.skipIf(!has('fish'))('fish: sub-commands and options', async () => {
  const run = `${await script('fish')}\ncomplete -C "millrace topic d"`
  expect(execFileSync('fish', ['-c', run], { encoding: 'utf8' })).toMatch(/^delete\t.*\ndescribe\t/)
})

test('every command is in each of them', async () => {
  for (const shell of ['bash', 'zsh', 'fish'] as const) {
    const text = await script(shell)
    for (const name of ['topic', 'trim', 'reassign', 'reset', 'log-dirs', 'elect', 'hanging', 'completion'])
      expect(text).toContain(name)
  }
})
