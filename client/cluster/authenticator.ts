// Who proves to a broker who the client is, on a new connection and before anything else is asked. SASL mechanisms will be
// authenticators; none exists yet.

import type { BrokerConnection } from '../connection.ts'
import type { OfferedVersions } from './api-range.ts'

export interface Authenticator {
  /** For messages: "SCRAM-SHA-512". */
  readonly name: string
  /** Rejects when the broker does not accept; the connection is closed then. */
  authenticate(connection: BrokerConnection, offered: OfferedVersions): Promise<void>
}
