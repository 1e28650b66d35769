// The schema registry that `millrace start` starts beside its broker, in the same process.
// With the development profile it is the only one, and leads without an election: nothing is stored for a group, and the first write
// waits for nobody. Beside a broker of a cluster there may be others, and the group decides.

import type { Broker } from '../../broker/broker.ts'
import type { World } from '../../io/world.ts'
import { RegistryInstance } from '../../schema-registry/instance.ts'
import type { HttpAddress } from '../http/http-address.ts'
import { reachable } from '../http/reachable.ts'
import { Failure } from '../terminal/failure.ts'
import { version } from '../version.ts'
import { explainRegistry } from './explain-registry.ts'

export interface StartedRegistry {
  readonly url: string
  close(): Promise<void>
}

export interface BesideOptions {
  readonly broker: Broker
  readonly listen: HttpAddress
  readonly world: World
  /** One node, and nobody else. */
  readonly isDevelopment: boolean
}

/** Undefined when it could not start, which has been said on standard error: the broker runs on without it. */
export async function startRegistry(options: BesideOptions): Promise<StartedRegistry | undefined> {
  const { broker, listen, world, isDevelopment } = options
  const [first] = broker.addresses
  try {
    return await RegistryInstance.start({
      cluster: { bootstrap: `${reachable(first!.host)}:${first!.port}`, clientId: 'millrace-registry' },
      world,
      version: version(),
      listen,
      advertise: { host: reachable(listen.host) },
      election: isDevelopment ? 'none' : 'group',
      log: isDevelopment ? { replicationFactor: 1 } : {},
    })
  } catch (error) {
    const explained = explainRegistry(error, '--registry')
    const text = explained instanceof Failure ? explained.message : String((error as Error).stack)
    process.stderr.write(`${text}, or leave it out with --registry off. The broker runs without it.\n`)
    return undefined
  }
}
