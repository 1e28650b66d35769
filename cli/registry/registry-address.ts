// Where `millrace start` lets its schema registry listen, if at all. Beside a broker on a port of somebody's choice there is
// none unless it is asked for: several brokers on one machine would all want the same port.

import { ConfigError } from '../../broker/config/config-error.ts'
import type { StartOptions } from '../config-of-options.ts'
import { type HttpAddress, listenAddress } from '../http/http-address.ts'

export const standardRegistry: HttpAddress = { host: '127.0.0.1', port: 8081 }

/** Undefined: none. Throws a ConfigError that names the option. */
export function registryAddressOf({ registry, port, config }: StartOptions): HttpAddress | undefined {
  if (registry === undefined) return port === undefined && config === undefined ? standardRegistry : undefined
  if (registry === 'off') return undefined
  const address = listenAddress(registry)
  if (address !== undefined) return address
  throw new ConfigError([
    `--registry ${registry}: give a port, with a host before it where others may ask (--registry 0.0.0.0:8081), or off`,
  ])
}
