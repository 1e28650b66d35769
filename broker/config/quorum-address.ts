// Addresses of controllers: `host:port`, and `id@host:port` for the static voters of `controller.quorum.voters`.
// Source: Kafka 4.3.0's QuorumConfig and Utils.getHost/getPort/validHostPattern.

export interface HostAndPort {
  readonly host: string
  readonly port: number
}

export interface QuorumVoter extends HostAndPort {
  readonly id: number
}

const hostAndPort = /^(?:[0-9a-zA-Z\-%._]*:\/\/)?\[?([0-9a-zA-Z\-%._:]*)\]?:([0-9]+)$/

/** Reads `host:port`, with an optional `protocol://` before it. Throws an Error that says what is wrong. */
export function parseHostAndPort(text: string): HostAndPort {
  const match = hostAndPort.exec(text)
  const port = Number(match?.[2])
  if (!match || port > 65_535) throw new Error(`${text} is not an address of the form HOST:PORT`)
  return { host: match[1] ?? '', port }
}

/** Reads the entries of `controller.quorum.voters`; of an id that comes twice the last one counts. */
export function parseVoters(entries: readonly string[]): ReadonlyMap<number, QuorumVoter> {
  const voters = new Map<number, QuorumVoter>()
  for (const entry of entries) {
    const [idText = '', address = '', ...rest] = entry.split('@')
    if (!/^[-+]?[0-9]+$/.test(idText) || rest.length > 0)
      throw new Error(`${entry} is not a voter of the form ID@HOST:PORT`)
    const id = Number(idText)
    voters.set(id, { id, ...parseHostAndPort(address) })
  }
  return voters
}
