import { diskContract } from '../contract/disk.ts'
import { SimDisk } from './disk.ts'

diskContract('the twin, in no time', async () => {
  const disk = new SimDisk().mount()
  await disk.makeDirectory('/test')
  return { disk, directory: '/test', run: body => body(), close: async () => {} }
})
