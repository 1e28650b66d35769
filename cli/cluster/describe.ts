// `millrace cluster describe`

import { ClientError } from '../../client/client-error.ts'
import type { Session } from '../terminal/session.ts'

export async function describeCluster(session: Session): Promise<void> {
  const admin = await session.admin()
  const { signal } = session
  // Brokers before Kafka 4.0 do not tell of fenced ones.
  const cluster = await admin.cluster.describe({ fenced: true, signal }).catch(error => {
    if (error instanceof ClientError && error.code === 'UNSUPPORTED_BY_BROKER')
      return admin.cluster.describe({ signal })
    throw error
  })
  const { clusterId, controllerId, brokers } = cluster
  session.show({
    heading: [
      `cluster ${clusterId ?? '(without an id)'}  ${brokers.length === 1 ? '1 broker' : `${brokers.length} brokers`}`,
    ],
    columns: ['BROKER', 'ADDRESS', 'RACK', 'STATE'],
    rows: brokers.map(({ nodeId, host, port, rack, isFenced }) => {
      return [String(nodeId), `${host}:${port}`, rack ?? undefined, isFenced ? 'fenced' : 'serving']
    }),
    json: { clusterId, controllerId, brokers },
  })
}
