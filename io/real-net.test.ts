import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe } from 'vitest'
import { type NetBench, netContract } from './contract/net.ts'
import { nativeAddon } from './native/addon.ts'
import { realClock } from './real-clock.ts'
import { realDisk } from './real-disk.ts'
import { type RealNetOptions, realNet } from './real-net.ts'

function machine(options: RealNetOptions): () => Promise<NetBench> {
  return async () => {
    const directory = await mkdtemp(join(tmpdir(), 'millrace-io-'))
    const close = () => rm(directory, { recursive: true, force: true })
    const net = realNet({ lingerMs: 200, ...options })
    return { net, clock: realClock(), host: '127.0.0.1', disk: realDisk(), directory, run: body => body(), close }
  }
}

netContract('the machine, through JavaScript', machine({ native: 'off' }))

// On a machine that cannot compile it there is nothing to test.
describe.skipIf(!nativeAddon().addon)('', () => netContract('the machine, through native code', machine({})))
