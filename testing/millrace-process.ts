// The `millrace` command as a user types it: the bundle, as a process of its own.

import { spawn } from 'node:child_process'
import { repositoryPath } from './repository-path.ts'

export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

export interface MillraceOptions {
  readonly bootstrap: string
  /** Standard input; it ends with it. Nothing when left out. */
  readonly input?: string | Buffer
  readonly cwd?: string
}

export class MillraceProcess {
  out = ''
  err = ''
  readonly ended: Promise<Ended>
  readonly #child

  constructor(args: readonly string[], { bootstrap, input, cwd }: MillraceOptions) {
    const env = { ...process.env, MILLRACE_BOOTSTRAP: bootstrap, NO_COLOR: '1' }
    const program = repositoryPath('dist/bundle/millrace.js')
    this.#child = spawn(process.execPath, [program, ...args], { env, cwd, stdio: ['pipe', 'pipe', 'pipe'] })
    this.#child.stdout.on('data', chunk => (this.out += chunk))
    this.#child.stderr.on('data', chunk => (this.err += chunk))
    this.ended = new Promise(resolve => {
      this.#child.once('close', code => resolve({ code, out: this.out, err: this.err }))
    })
    this.#child.stdin.on('error', () => {})
    if (input !== undefined) this.#child.stdin.end(input)
  }

  /** More of standard input, which stays open. */
  type(text: string): void {
    this.#child.stdin.write(text)
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }
}

/** Runs to its end. */
export function millrace(args: readonly string[], options: MillraceOptions): Promise<Ended> {
  return new MillraceProcess(args, { input: '', ...options }).ended
}
