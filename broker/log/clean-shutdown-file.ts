// .kafka_cleanshutdown: the logs of the directory were closed in good order, by a broker of this epoch. Removed before the
// first log is opened, so that a crash from then on is known as one. Source: Kafka 4.3.0's CleanShutdownFileHandler.

import { type Disk, DiskError } from '../../io/disk.ts'

export const cleanShutdownName = '.kafka_cleanshutdown'
const version = 0

/** Undefined when there is no such file; epoch -1 when it does not say. */
export async function readCleanShutdown(disk: Disk, directory: string): Promise<{ brokerEpoch: number } | undefined> {
  try {
    const text = (await disk.readFile(`${directory}/${cleanShutdownName}`)).toString('utf8')
    return { brokerEpoch: epochIn(text) }
  } catch (error) {
    if (error instanceof DiskError && error.code === 'NOT_FOUND') return undefined
    throw error
  }
}

export async function writeCleanShutdown(disk: Disk, directory: string, brokerEpoch: number): Promise<void> {
  await disk.replaceFile(`${directory}/${cleanShutdownName}`, Buffer.from(JSON.stringify({ version, brokerEpoch })))
}

/** Removes the file so that it does not come back after a loss of power. */
export async function removeCleanShutdown(disk: Disk, directory: string): Promise<void> {
  await disk.remove(`${directory}/${cleanShutdownName}`)
  await disk.syncDirectory(directory)
}

function epochIn(text: string): number {
  try {
    const { brokerEpoch } = JSON.parse(text) as { brokerEpoch?: unknown }
    return typeof brokerEpoch === 'number' && Number.isSafeInteger(brokerEpoch) ? brokerEpoch : -1
  } catch {
    return -1
  }
}
