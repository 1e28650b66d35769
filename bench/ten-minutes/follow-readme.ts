// Following a README to the letter: the package is packed, a folder is made, and each step is done in it. What the README says is printed
// must be.

import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runCommand } from '../run-command.ts'
import type { Step } from './readme-steps.ts'

const startMsMax = 30_000

/** The package as it would be published; answers its path. */
export async function packInto(folder: string): Promise<string> {
  const { code, stdout, output } = await runCommand('npm', ['pack', '--json', '--pack-destination', folder])
  if (code !== 0) throw new Error(`npm pack: ${output.slice(-2000)}`)
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }]
  return join(folder, filename)
}

interface Folder {
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
}

/** Runs on in a group of its own, until it is ended; resolves when it says that it is ready. */
async function stay(script: string, { cwd, env }: Folder): Promise<() => Promise<void>> {
  const child = spawn('sh', ['-c', script], { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'inherit'] })
  const closed = new Promise<void>(resolve => child.on('close', () => resolve()))
  const end = async () => {
    if (child.exitCode === null) process.kill(-child.pid!, 'SIGTERM')
    await closed
  }
  let timer: NodeJS.Timeout | undefined
  const isReady = await new Promise<boolean>(resolve => {
    timer = setTimeout(() => resolve(false), startMsMax)
    closed.then(() => resolve(false))
    let text = ''
    child.stdout.on('data', chunk => {
      text += chunk
      if (/^ready/m.test(text)) resolve(true)
    })
  })
  clearTimeout(timer)
  if (isReady) return end
  await end()
  throw new Error(`it did not say that it is ready: ${script}`)
}

/** Does all steps in the folder; answers what is not as the README has it. `variables` are added to the environment. */
export async function follow(
  steps: readonly Step[],
  cwd: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<string[]> {
  const folder = { cwd, env: { ...process.env, ...variables } }
  const ends: (() => Promise<void>)[] = []
  try {
    for (const step of steps) {
      if (step.kind === 'file') writeFileSync(join(cwd, step.name), step.text)
      else if (step.kind === 'stay') ends.push(await stay(step.script, folder))
      else {
        const wrong = await runStep(step, folder)
        if (wrong !== undefined) return [wrong]
      }
    }
    return []
  } finally {
    for (const end of ends) await end()
  }
}

async function runStep(step: Step & { kind: 'run' | 'stay' }, folder: Folder): Promise<string | undefined> {
  const { code, stdout, stderr, output } = await runCommand('sh', ['-ec', step.script], folder)
  if ((code !== 0) !== step.fails) return `exit code ${code}: ${step.script}${output.slice(-2000)}`
  if (step.prints === undefined) return undefined
  const printed = step.fails ? stdout + stderr : stdout
  return printed === step.prints ? undefined : `${step.script}printed\n${printed}where the README has\n${step.prints}`
}
