// The words of network errors: what was tried, where, why it did not work. Shared by the real network and its twin.

import { NetError, type NetErrorCode } from './net.ts'

export interface Address {
  readonly host: string
  readonly port: number
}

const reasons: Readonly<Record<NetErrorCode, string>> = {
  ADDRESS_IN_USE: 'the port is in use',
  REFUSED: 'nobody listens there',
  UNREACHABLE: 'it cannot be reached',
  RESET: 'the other side reset it',
  UNTRUSTED: 'no trust in the other side, or the other way round: see ca, servername, cert and key',
  FAILED: 'the operating system refused',
}

/** Why one could not listen on, or connect to, an address. */
export function addressError(
  verb: 'listen on' | 'connect to',
  { host, port }: Address,
  code: NetErrorCode,
  cause: Error,
): NetError {
  // An attempt on several addresses of a name fails with an error that has a code but no words.
  const detail = cause.message || (cause as NodeJS.ErrnoException).code
  return new NetError(code, `cannot ${verb} ${host}:${port}: ${reasons[code]} (${detail})`, { cause })
}

const endings = { RESET: 'was reset', FAILED: 'was lost', UNTRUSTED: 'was refused by the other side' } as const

/** Why a connection did not end in good order. UNTRUSTED: the other side wants another certificate, or one at all (TLS 1.3 says so late). */
export function connectionError({ host, port }: Address, code: keyof typeof endings, cause: Error): NetError {
  const what = endings[code]
  return new NetError(code, `the connection with ${host}:${port} ${what}: ${cause.message}`, { cause })
}

/** Whether a code of Node's errors is of TLS: OpenSSL's own, Node's, and those of certificates. */
export function isOfTls(code: string): boolean {
  return /^(ERR_TLS|ERR_SSL|EPROTO|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/.test(code)
}
