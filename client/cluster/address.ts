// Bootstrap addresses as users write them: "host:port", several with commas or in an array, IPv6 in brackets.
// Source: org.apache.kafka.clients.ClientUtils.parseAndValidateAddresses, Kafka 4.3.0.

import { ClientError } from '../client-error.ts'

export interface Address {
  readonly host: string
  readonly port: number
}

/** Throws INVALID_ARGUMENT that names what is wrong. Doubles are dropped. */
export function parseBootstrap(bootstrap: string | readonly string[]): Address[] {
  const texts = (typeof bootstrap === 'string' ? bootstrap.split(',') : bootstrap).map(text => text.trim())
  const addresses = texts.filter(text => text !== '').map(parseAddress)
  if (addresses.length === 0) throw wrong('`bootstrap` names no broker', "'127.0.0.1:9092'")
  return [...new Map(addresses.map(address => [addressText(address), address])).values()]
}

export function addressText({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

function parseAddress(text: string): Address {
  const parts = /^(?:[A-Z_]+:\/\/)?(?:\[([0-9a-fA-F:.%]+)\]|([^:[\]/\s]+)):(\d{1,5})$/.exec(text)
  if (parts === null) throw wrong(`"${text}" is not an address`, 'host:port')
  const port = Number(parts[3])
  if (port < 1 || port > 65_535) throw wrong(`"${text}" has an impossible port`, 'a port from 1 to 65535')
  return { host: parts[1] ?? parts[2]!, port }
}

function wrong(what: string, example: string): ClientError {
  return new ClientError('INVALID_ARGUMENT', what, { help: `give ${example}` })
}
