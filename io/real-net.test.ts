import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { netContract } from './contract/net.ts'
import { realClock } from './real-clock.ts'
import { realDisk } from './real-disk.ts'
import { realNet } from './real-net.ts'

netContract('the machine', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-io-'))
  const close = () => rm(directory, { recursive: true, force: true })
  const net = realNet({ lingerMs: 200 })
  return { net, clock: realClock(), host: '127.0.0.1', disk: realDisk(), directory, run: body => body(), close }
})
