// Where `--http` listens: a port, on loopback, or a host and a port.

import { ConfigError } from '../../broker/config/config-error.ts'

export interface HttpAddress {
  readonly host: string
  readonly port: number
}

const portMax = 65_535

/** `9464`, `0.0.0.0:9464`, `[::]:9464`; undefined for what is none. */
export function listenAddress(text: string): HttpAddress | undefined {
  const [, bracketed, host, digits] = /^(?:(?:\[([^\]]+)\]|([^:[\]\s]+)):)?(\d{1,5})$/.exec(text.trim()) ?? []
  const port = Number(digits)
  if (digits === undefined || port > portMax) return undefined
  return { host: bracketed ?? host ?? '127.0.0.1', port }
}

/** Throws a ConfigError that names the option. */
export function httpAddressOf(text: string): HttpAddress {
  const address = listenAddress(text)
  if (address !== undefined) return address
  throw new ConfigError([
    `--http ${text}: a port is a whole number from 0 to ${portMax}, with a host before it where others may look: --http 0.0.0.0:9464`,
  ])
}
