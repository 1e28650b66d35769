// Where the data of a broker of the kit is: in memory, in a temporary directory, or in one that stays.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Disk } from '../../io/disk.ts'
import { realDisk } from '../../io/real-disk.ts'
import { memoryDisk } from '../../io/sim/disk.ts'
import type { StartBrokerOptions } from './broker-options.ts'

export interface Storage {
  readonly disk: Disk
  readonly dataDir: string
  /** When the broker has let go of it. */
  remove(): Promise<void>
}

const inMemory = '/millrace'

export async function openStorage(
  { storage, directory }: Pick<StartBrokerOptions, 'storage' | 'directory'>,
  nowMs: () => number,
): Promise<Storage> {
  const keep = () => Promise.resolve()
  if (directory !== undefined) return { disk: realDisk(), dataDir: directory, remove: keep }
  // All of it is at hand, so that nothing is put off to another turn.
  if (storage !== 'directory') return { disk: memoryDisk({ nowMs, cachedChance: 1 }), dataDir: inMemory, remove: keep }
  const temporary = await mkdtemp(join(tmpdir(), 'millrace-'))
  return { disk: realDisk(), dataDir: temporary, remove: () => rm(temporary, { recursive: true, force: true }) }
}
