// Our broker as a node that can be harmed: its directory and its port outlive its processes.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TargetNode } from '../../client/compat/check.ts'
import { compatModule } from '../disk-swap/target.ts'

interface MillraceHandle {
  readonly port: number
  readonly pid: number
  output(): string
  stop(): Promise<void>
  kill(): Promise<void>
}

type Settings = Readonly<Record<string, string | number>>
type StartMillrace = (options: {
  readonly dataDir: string
  readonly port?: number
  readonly settings: Settings
}) => Promise<MillraceHandle>

export class MillraceNode implements TargetNode {
  readonly nodeId = 1
  readonly #startMillrace: StartMillrace
  readonly #settings: Settings
  readonly #folder = mkdtempSync(join(tmpdir(), 'millrace-suite-'))
  #port: number | undefined
  #broker: MillraceHandle | undefined

  private constructor(startMillrace: StartMillrace, settings: Settings) {
    this.#startMillrace = startMillrace
    this.#settings = settings
  }

  static async open(settings: Settings): Promise<MillraceNode> {
    const { startMillrace } = (await compatModule('millrace-target.mjs')) as { startMillrace: StartMillrace }
    const node = new MillraceNode(startMillrace, settings)
    await node.start()
    return node
  }

  get bootstrap(): string {
    return `127.0.0.1:${this.#port}`
  }

  output(): string {
    return this.#broker?.output() ?? ''
  }

  async start(): Promise<void> {
    if (this.#broker !== undefined) return
    const at = this.#port === undefined ? {} : { port: this.#port }
    const dataDir = join(this.#folder, 'data')
    this.#broker = await this.#startMillrace({ dataDir, settings: this.#settings, ...at })
    this.#port = this.#broker.port
  }

  async stop(): Promise<void> {
    const broker = this.#take()
    await broker?.stop()
  }

  async kill(): Promise<void> {
    const broker = this.#take()
    await broker?.kill()
  }

  freeze(): void {
    process.kill(this.#broker!.pid, 'SIGSTOP')
  }

  thaw(): void {
    process.kill(this.#broker!.pid, 'SIGCONT')
  }

  /** Its directory goes, too. */
  async close(): Promise<void> {
    await this.stop()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #take(): MillraceHandle | undefined {
    const broker = this.#broker
    this.#broker = undefined
    return broker
  }
}
