// Listeners: names, security protocols and addresses, as `listeners`, `advertised.listeners` and
// `listener.security.protocol.map` give them. Source: Kafka 4.3.0's SocketServerConfigs and AbstractKafkaConfig.
//
// Everything here throws an Error whose message says what is wrong with which text.

export type SecurityProtocol = 'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL'

export interface Endpoint {
  /** Upper case. */
  readonly listener: string
  readonly protocol: SecurityProtocol
  /** Null: all addresses of this machine, where it listens; this machine's name, where it is advertised. */
  readonly host: string | null
  /** 0 takes a free port. */
  readonly port: number
}

const endpointPattern = /^(.*):\/\/\[?([0-9a-zA-Z\-%._:]*)\]?:(-?[0-9]+)$/

/** Reads `NAME://HOST:PORT` entries; each name must have a protocol. */
export function parseEndpoints(
  entries: readonly string[],
  protocols: ReadonlyMap<string, SecurityProtocol>,
): readonly Endpoint[] {
  const endpoints = entries.map(entry => {
    const [, name = '', host = '', port = ''] = endpointPattern.exec(entry) ?? []
    if (port === '' || name.trim() === '') throw new Error(`${entry} is not of the form NAME://HOST:PORT`)
    if (Number(port) > 65_535) throw new Error(`${entry} has a port beyond 65535`)
    const protocol = protocols.get(name.toUpperCase())
    if (!protocol) throw new Error(`listener ${name.toUpperCase()} has no protocol in listener.security.protocol.map`)
    return { listener: name.toUpperCase(), protocol, host: host === '' ? null : host, port: Number(port) }
  })
  const names = new Set(endpoints.map(endpoint => endpoint.listener))
  if (names.size !== endpoints.length) throw new Error('every listener needs a name of its own')
  return endpoints
}

/** What is wrong with the ports: the same one may come twice only as one IPv4 and one IPv6 address. Null: nothing. */
export function checkPorts(endpoints: readonly Endpoint[]): string | null {
  for (const { port } of endpoints) {
    const group = endpoints.filter(endpoint => endpoint.port === port)
    if (port === 0 || group.length === 1) continue
    const pair = group.length === 2 && group.some(isIpv4) && group.some(isIpv6)
    if (!pair) return `port ${port} is used by ${group.map(each => each.listener).join(' and ')}`
  }
  return null
}

const isIpv4 = ({ host }: Endpoint): boolean =>
  /^[0-9]{1,3}(\.[0-9]{1,3}){3}$/.test(host ?? '') && host!.split('.').every(part => Number(part) <= 255)

function isIpv6({ host }: Endpoint): boolean {
  const address = host?.split('%')[0] ?? ''
  if (!/^[0-9a-fA-F:]+(:[0-9]{1,3}(\.[0-9]{1,3}){3})?$/.test(address) || !address.includes(':')) return false
  const [before = '', after, ...more] = address.split('::')
  const groups = [before, after ?? '']
    .join(':')
    .split(':')
    .filter(group => group !== '')
  const count = groups.length + (address.includes('.') ? 1 : 0)
  return (
    more.length === 0 &&
    groups.every(group => /^[0-9a-fA-F]{1,4}$|\./.test(group)) &&
    (after === undefined ? count === 8 : count < 8)
  )
}

/** Reads `NAME:PROTOCOL,…`. */
export function parseProtocolMap(text: string): Map<string, SecurityProtocol> {
  const protocols = new Map<string, SecurityProtocol>()
  for (const [name, protocolName] of parsePairs(text)) {
    const protocol = protocolName.toUpperCase()
    if (!isProtocol(protocol)) throw new Error(`${protocolName} is not a security protocol`)
    if (name === '') throw new Error(`${text} has a listener without a name`)
    protocols.set(name.toUpperCase(), protocol)
  }
  return protocols
}

const isProtocol = (name: string): name is SecurityProtocol =>
  name === 'PLAINTEXT' || name === 'SSL' || name === 'SASL_PLAINTEXT' || name === 'SASL_SSL'

/** Reads `key:value,…`, cut at the last colon of each pair, so that a key may be an IPv6 address. */
export function parsePairs(text: string): ReadonlyMap<string, string> {
  const pairs = new Map<string, string>()
  if (text === '') return pairs
  for (const pair of text.split(/\s*,\s*/)) {
    const colon = pair.lastIndexOf(':')
    if (colon < 0) throw new Error(`${pair} is not of the form KEY:VALUE`)
    pairs.set(pair.slice(0, colon).trim(), pair.slice(colon + 1).trim())
  }
  return pairs
}
