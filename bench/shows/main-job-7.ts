// Fuzzing without a finding, and the decoder's limits one by one.

import { repositoryPath } from '../../testing/repository-path.ts'
import { runCommand } from '../run-command.ts'
import type { Show } from './show.ts'

export const mainJob7: Show = {
  id: 'main-job.7',
  title: '10 minutes of fuzzing without a finding; the decoder limits tested one by one',
  async run({ reduced }) {
    const seconds = reduced ? 10 : 600
    const vitest = repositoryPath('node_modules/.bin/vitest')
    const limits = await runCommand(vitest, ['run', 'protocol/wire', 'protocol/records', '-t', 'refuses|limit'])
    const count = /Tests\s.*?(\d+) passed/.exec(stripColours(limits.output))?.[1] ?? '0'
    const fuzz = await runCommand(process.execPath, [
      repositoryPath('dist/bench/fuzz.js'),
      '--seconds',
      String(seconds),
    ])
    const pass = limits.code === 0 && Number(count) > 0 && fuzz.code === 0
    return { pass, figure: `${fuzz.output.trim()}; ${count} tests of limits` }
  },
}

function stripColours(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what is removed
  return text.replace(/\x1b\[[0-9;]*m/g, '')
}
