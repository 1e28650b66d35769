// A registry with a fault, as a program: it takes itself for the leader whoever else does, and decides from what it happens to know,
// without reading the topic to its end first. To see that the checks of failover-run.ts find what comes of it. With `--plant none`
// nobody is elected either, and the terms of the log alone keep the instances apart: nothing must be found.

import { parseArgs } from 'node:util'
import { clientWorld } from '../../client/real-client-world.ts'
import { RegistryInstance } from '../../schema-registry/instance.ts'
import { HastyLog } from '../../testing/registry-sim/planted-log.ts'

const { values } = parseArgs({
  options: {
    plant: { type: 'string', default: 'noReadToEnd' },
    bootstrap: { type: 'string' },
    listen: { type: 'string' },
    // Of the command, which this one stands for.
    'session-timeout': { type: 'string' },
  },
})

const instance = await RegistryInstance.start({
  cluster: { bootstrap: values.bootstrap! },
  world: clientWorld(),
  version: '0.0.0',
  listen: { host: '127.0.0.1', port: Number(values.listen) },
  election: 'none',
  ...(values.plant === 'noReadToEnd' && { planted: log => new HastyLog(log) }),
})
console.log(`ready  registry ${instance.url}`)
process.on('SIGTERM', () => instance.close().then(() => process.exit(0)))
