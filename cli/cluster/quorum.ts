// `millrace cluster quorum`

import type { QuorumReplica } from '../../client/admin/quorum.ts'
import type { Session } from '../terminal/session.ts'
import { between } from '../topic/offsets.ts'

export async function describeQuorum(session: Session): Promise<void> {
  const admin = await session.admin()
  const quorum = await admin.quorum.describe({ signal: session.signal })
  const { leaderId, leaderEpoch, highWatermark, voters, observers } = quorum
  const end = voters.find(({ replicaId }) => replicaId === leaderId)?.logEndOffset
  const rowOf = (replica: QuorumReplica, role: string) => {
    const shown = replica.replicaId === leaderId ? 'leader' : role
    return [String(replica.replicaId), shown, replica.logEndOffset, between(replica.logEndOffset, end)]
  }
  session.show({
    heading: [`leader ${leaderId}  epoch ${leaderEpoch}  high watermark ${highWatermark}`],
    columns: ['NODE', 'ROLE', 'LOG END', 'BEHIND'],
    rows: [...voters.map(each => rowOf(each, 'voter')), ...observers.map(each => rowOf(each, 'observer'))],
    json: { ...quorum, nodes: Object.fromEntries(quorum.nodes) },
  })
}
