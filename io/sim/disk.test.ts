import { expect, test } from 'vitest'
import { diskContract } from '../contract/disk.ts'
import { memoryDisk, SimDisk } from './disk.ts'

diskContract('the twin, in no time', async () => {
  const disk = new SimDisk().mount()
  await disk.makeDirectory('/test')
  return { disk, directory: '/test', run: body => body(), close: async () => {} }
})

diskContract('the twin without crashes', async () => {
  const disk = memoryDisk({ cachedChance: 1 })
  await disk.makeDirectory('/test')
  return { disk, directory: '/test', run: body => body(), close: async () => {} }
})

test('a disk without crashes holds what its files do, and nothing for a loss of power', async () => {
  const device = new SimDisk({ crashes: false })
  const disk = device.mount()
  for (let round = 0; round < 3; round++) {
    const file = await disk.open('/f', 'create')
    await file.write([Buffer.alloc(8192, round)], 0)
    await file.datasync()
    await file.write([Buffer.alloc(4096, round + 1)], 0)
    expect([device.usedBytes, device.peekDurable('/f').length]).toEqual([8192, 0])
    await file.close()
    await disk.syncDirectory('/')
    expect(device.tree.directory('/').durable.size).toBe(0)
    await disk.remove('/f')
    expect(device.usedBytes).toBe(0)
  }
  expect(() => device.crashProcess()).toThrow('without crashes')
})
