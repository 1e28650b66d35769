// A new user's path, to the letter: the package is packed, a folder is made, and every block of "Ten minutes" in client/README.md is
// run, or written to the file it names; what the README says is printed must be. Replaced are the package, which is the packed one and
// not the registry's, and the port, which may be taken here.

import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { repositoryPath } from '../../testing/repository-path.ts'
import { compatModule } from '../disk-swap/target.ts'
import { runCommand } from '../run-command.ts'
import { readmeSteps, type Step } from '../ten-minutes/readme-steps.ts'
import type { Show } from './show.ts'

const startMsMax = 30_000

async function pack(folder: string): Promise<string> {
  const { code, stdout, output } = await runCommand('npm', ['pack', '--json', '--pack-destination', folder])
  if (code !== 0) throw new Error(`npm pack: ${output.slice(-2000)}`)
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }]
  return join(folder, filename)
}

/** Runs on in a group of its own, until it is ended; resolves when it says that it is ready. */
async function stay(script: string, cwd: string): Promise<() => Promise<void>> {
  const child = spawn('sh', ['-c', script], { cwd, detached: true, stdio: ['ignore', 'pipe', 'inherit'] })
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

async function follow(steps: readonly Step[], cwd: string): Promise<string[]> {
  const ends: (() => Promise<void>)[] = []
  try {
    for (const step of steps) {
      if (step.kind === 'file') writeFileSync(join(cwd, step.name), step.text)
      else if (step.kind === 'stay') ends.push(await stay(step.script, cwd))
      else {
        const { code, stdout, output } = await runCommand('sh', ['-ec', step.script], { cwd })
        if (code !== 0) return [`exit code ${code}: ${step.script}${output.slice(-2000)}`]
        if (step.prints !== undefined && stdout !== step.prints)
          return [`${step.script}printed\n${stdout}where the README has\n${step.prints}`]
      }
    }
    return []
  } finally {
    for (const end of ends) await end()
  }
}

export const client6: Show = {
  id: 'client.6',
  title: 'the ten minutes of client/README.md to the letter: an empty folder, the packed package, every block run',
  async run() {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-ten-minutes-'))
    try {
      const tarball = await pack(folder)
      const { freePort } = (await compatModule('free-port.mjs')) as { freePort: () => Promise<number> }
      const port = String(await freePort())
      const markdown = readFileSync(repositoryPath('client/README.md'), 'utf8')
      const here = markdown.replaceAll('npm install millrace', `npm install ${tarball}`).replaceAll('9092', port)
      const steps = readmeSteps(here, 'Ten minutes')
      const cwd = join(folder, 'app')
      mkdirSync(cwd)
      const wrong = await follow(steps, cwd)
      const checked = steps.filter(step => step.kind === 'run' && step.prints !== undefined).length
      const figure = `${steps.length} steps, what ${checked} of them print is as the README has it`
      return { pass: wrong.length === 0 && checked > 0, figure: wrong[0] ?? figure }
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
}
