// Runs a command to its end and gathers what it prints.

import { spawn } from 'node:child_process'
import { repositoryRoot } from '../testing/repository-path.ts'

export interface CommandResult {
  readonly code: number | null
  readonly output: string
}

/** Standard output and error, in the order of arrival. Never rejects for an exit code. */
export function runCommand(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; echo?: boolean } = {},
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: options.cwd ?? repositoryRoot, env: options.env ?? process.env })
    let output = ''
    const gather = (chunk: Buffer) => {
      output += chunk
      if (options.echo) process.stdout.write(chunk)
    }
    child.stdout.on('data', gather)
    child.stderr.on('data', gather)
    child.on('error', reject)
    child.on('close', code => resolve({ code, output }))
  })
}
