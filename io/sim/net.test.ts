import { netContract } from '../contract/net.ts'
import { SimWorld } from './world.ts'

netContract('the twin', async () => {
  const sim = new SimWorld({ seed: 1, network: { splitChance: 0.5 } })
  const { net, disk, clock } = sim.host('here').start()
  await sim.complete(disk.makeDirectory('/test'))
  return {
    net,
    clock,
    host: '127.0.0.1',
    disk,
    directory: '/test',
    run: body => sim.complete(body()),
    close: async () => {},
  }
})
