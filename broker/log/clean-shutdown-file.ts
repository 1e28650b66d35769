// .kafka_cleanshutdown: the logs of the directory were closed in good order, by a broker of this epoch. Removed before the
// first log is opened, so that a crash from then on is known as one. Source: Kafka 4.3.0's CleanShutdownFileHandler.

import { type Disk, DiskError } from '../../io/disk.ts'

export const cleanShutdownName = '.kafka_cleanshutdown'
const version = 0

export interface CleanShutdown {
  /** -1: it does not say. */
  readonly brokerEpoch: number
  /** Checksum of the summary of the logs; undefined: there is none to be trusted. */
  readonly logs: number | undefined
}

/** Undefined when there is no such file. */
export async function readCleanShutdown(disk: Disk, directory: string): Promise<CleanShutdown | undefined> {
  try {
    return parse((await disk.readFile(`${directory}/${cleanShutdownName}`)).toString('utf8'))
  } catch (error) {
    if (error instanceof DiskError && error.code === 'NOT_FOUND') return undefined
    throw error
  }
}

export async function writeCleanShutdown(disk: Disk, directory: string, content: CleanShutdown): Promise<void> {
  await disk.replaceFile(`${directory}/${cleanShutdownName}`, Buffer.from(JSON.stringify({ version, ...content })))
}

/** Removes the file so that it does not come back after a loss of power. */
export async function removeCleanShutdown(disk: Disk, directory: string): Promise<void> {
  await disk.remove(`${directory}/${cleanShutdownName}`)
  await disk.syncDirectory(directory)
}

function parse(text: string): CleanShutdown {
  try {
    const { brokerEpoch, logs } = JSON.parse(text) as { brokerEpoch?: unknown; logs?: unknown }
    const isEpoch = typeof brokerEpoch === 'number' && Number.isSafeInteger(brokerEpoch)
    return { brokerEpoch: isEpoch ? brokerEpoch : -1, logs: typeof logs === 'number' ? logs : undefined }
  } catch {
    return { brokerEpoch: -1, logs: undefined }
  }
}
