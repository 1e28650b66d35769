#!/usr/bin/env node
// The `millrace` command. Exit codes: 0, 1 for what went wrong, 2 for a command that was typed wrongly, 130 after Ctrl-C.

import { CommanderError } from 'commander'
import { program } from './program.ts'
import { keepAllocationsYoung } from './young-allocations.ts'

const wrongUsage = 2

async function main(words: readonly string[]): Promise<number> {
  try {
    await (await program(words)).parseAsync(words, { from: 'user' })
    return Number(process.exitCode ?? 0)
  } catch (error) {
    // Commander has said what it is.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : wrongUsage
    const { explained } = await import('./terminal/session.ts')
    const { text, exitCode } = explained(error)
    process.stderr.write(`${text}\n`)
    return exitCode
  }
}

// Whoever reads us has read enough: `millrace topic list | head -1`.
process.stdout.on('error', error => {
  if ((error as NodeJS.ErrnoException).code === 'EPIPE') process.exit(0)
  throw error
})

keepAllocationsYoung()
process.exitCode = await main(process.argv.slice(2))
