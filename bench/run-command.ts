// Runs a command to its end and gathers what it prints.

import { spawn } from 'node:child_process'
import { repositoryRoot } from '../testing/repository-path.ts'

export interface CommandResult {
  readonly code: number | null
  /** Both, in the order of arrival. */
  readonly output: string
  readonly stdout: string
  readonly stderr: string
}

/** Gathers standard output and error. Never rejects for an exit code. */
export function runCommand(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; echo?: boolean } = {},
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: options.cwd ?? repositoryRoot, env: options.env ?? process.env })
    const printed = { output: '', stdout: '', stderr: '' }
    const gather = (name: 'stdout' | 'stderr') => (chunk: Buffer) => {
      printed[name] += chunk
      printed.output += chunk
      if (options.echo) process.stdout.write(chunk)
    }
    child.stdout.on('data', gather('stdout'))
    child.stderr.on('data', gather('stderr'))
    child.on('error', reject)
    child.on('close', code => resolve({ code, ...printed }))
  })
}
