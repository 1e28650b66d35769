// Broker and registry as a user starts them: one command.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MillraceProcess } from '../../testing/millrace-process.ts'
import { compatModule } from '../disk-swap/target.ts'
import type { Place } from './client-programs.ts'

const startMsMax = 60_000

export async function startWithRegistry(): Promise<Place & { stop(): Promise<void> }> {
  const { freePort } = (await compatModule('free-port.mjs')) as { freePort: () => Promise<number> }
  const data = mkdtempSync(join(tmpdir(), 'millrace-registry-'))
  const [port, registryPort] = [await freePort(), await freePort()]
  const args = ['start', '--port', String(port), '--data', data, '--registry', String(registryPort)]
  const started = new MillraceProcess(args, { bootstrap: '' })
  const stop = async () => {
    started.kill('SIGTERM')
    await started.ended
    rmSync(data, { recursive: true, force: true })
  }
  const deadlineMs = performance.now() + startMsMax
  while (!/^ready.*registry/m.test(started.out)) {
    if (performance.now() > deadlineMs || /^ready(?!.*registry)/m.test(started.out)) {
      await stop()
      throw new Error(`no registry: ${started.out}${started.err}`)
    }
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  return { bootstrap: `127.0.0.1:${port}`, registry: `http://127.0.0.1:${registryPort}`, stop }
}
