// One command as it runs: whom it talks to, where its words go, and what Ctrl-C does to it.

import { readFileSync } from 'node:fs'
import { Admin } from '../../client/admin/admin.ts'
import { ClientError } from '../../client/client-error.ts'
import { parseBootstrap } from '../../client/cluster/address.ts'
import type { ClusterOptions } from '../../client/cluster/cluster-options.ts'
import { parseDuration } from '../arguments/duration.ts'
import { Failure, usage } from './failure.ts'
import { checkReachable } from './reachable.ts'
import { type Form, jsonText, rendered, type View } from './view.ts'

/** What every command that talks to a cluster can be told. */
export interface ClusterFlags {
  readonly bootstrap: string
  readonly timeout: string
  readonly json?: boolean
  readonly tls?: boolean
  readonly tlsCa?: string
}

export interface Streams {
  readonly out: NodeJS.WritableStream & { readonly isTTY?: boolean }
  readonly err: NodeJS.WritableStream & { readonly isTTY?: boolean }
}

const startAdvice =
  'Start a broker with `millrace start`, or name the cluster with --bootstrap HOST:PORT or MILLRACE_BOOTSTRAP.'

export class Session {
  readonly form: Form
  readonly signal: AbortSignal
  /** For a call with all its attempts. */
  readonly timeoutMs: number
  readonly clusterOptions: ClusterOptions
  readonly #streams: Streams
  #admin: Admin | undefined

  constructor(
    flags: ClusterFlags,
    signal: AbortSignal,
    streams: Streams = { out: process.stdout, err: process.stderr },
  ) {
    this.#streams = streams
    this.signal = signal
    this.form = flags.json ? 'json' : streams.out.isTTY ? 'table' : 'lines'
    this.timeoutMs = parseDuration(flags.timeout, '--timeout')
    const { tls = false, tlsCa } = flags
    const ca = tlsCa === undefined ? undefined : { ca: readCertificates(tlsCa) }
    this.clusterOptions = { bootstrap: flags.bootstrap, clientId: 'millrace-cli', tls: ca ?? tls }
  }

  /** Made when it is first asked for. Throws a Failure when nobody listens at any of the addresses. */
  async admin(): Promise<Admin> {
    if (this.#admin === undefined) {
      await this.checkReachable()
      this.#admin = new Admin({ ...this.clusterOptions, apiTimeoutMs: this.timeoutMs })
    }
    return this.#admin
  }

  /** Throws a Failure when nobody listens at any of the addresses. */
  async checkReachable(): Promise<void> {
    await checkReachable(parseBootstrap(this.clusterOptions.bootstrap), startAdvice)
  }

  get isTerminal(): boolean {
    return this.#streams.out.isTTY === true
  }

  show(view: View): void {
    const colours = this.isTerminal && process.env.NO_COLOR === undefined
    this.#streams.out.write(rendered(view, this.form, { colours }))
  }

  /** A sentence for people, in place of which machines get a value in a line of its own. */
  tell(text: string, json: unknown): void {
    this.#streams.out.write(this.form === 'json' ? `${jsonText(json, 0)}\n` : `${text}\n`)
  }

  /** On standard error, whatever the form. */
  warn(text: string): void {
    this.#streams.err.write(`${text}\n`)
  }

  async close(): Promise<void> {
    await this.#admin?.close()
  }
}

function readCertificates(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw usage(`--tls-ca ${path}: ${(error as Error).message}; give the path of a file with certificates in PEM`)
  }
}

/** What went wrong, for people. */
export function explained(error: unknown): { text: string; exitCode: number } {
  if (error instanceof Failure) return { text: error.message, exitCode: error.exitCode }
  if (error instanceof ClientError) {
    if (error.code === 'ABORTED') return { text: 'stopped', exitCode: 130 }
    return { text: error.message, exitCode: error.code === 'INVALID_ARGUMENT' ? 2 : 1 }
  }
  return { text: error instanceof Error ? (error.stack ?? error.message) : String(error), exitCode: 1 }
}
