// `millrace cluster log-dirs`

import type { LogDir } from '../../client/admin/log-dirs.ts'
import { byteSize } from '../terminal/figures.ts'
import type { Session } from '../terminal/session.ts'
import { findTopics } from '../topic/find.ts'

export async function listLogDirs(session: Session, { topic }: { topic?: string }): Promise<void> {
  const admin = await session.admin()
  const { signal } = session
  const partitions = topic === undefined ? undefined : await partitionsOf(topic)
  const byBroker = (await admin.logDirs.describeAll(undefined, { signal, ...(partitions && { partitions }) })).orThrow()
  const all = [...byBroker].flatMap(([broker, dirs]) => dirs.map(dir => ({ broker, dir })))
  const json = all.map(({ broker, dir }) => ({ broker, ...dir, error: dir.error?.code ?? null }))
  if (topic === undefined) {
    session.show({ columns: ['BROKER', 'DIRECTORY', 'STATE', 'REPLICAS', 'SIZE', 'FREE'], rows: all.map(rowOf), json })
    return
  }
  session.show({
    columns: ['TOPIC', 'PARTITION', 'BROKER', 'DIRECTORY', 'SIZE', 'LAG', 'STATE'],
    rows: all.flatMap(({ broker, dir }) =>
      dir.replicas.map(({ topic: name, partition, sizeBytes, offsetLag, isFuture }) => {
        return [name, partition, broker, dir.path, byteSize(sizeBytes), offsetLag, isFuture ? 'moving here' : 'current']
      }),
    ),
    json,
    empty: `no replica of ${topic}`,
  })

  async function partitionsOf(name: string) {
    const [found] = await findTopics(admin, [name], signal)
    return found!.partitions.map(({ partition }) => ({ topic: name, partition }))
  }
}

function rowOf({ broker, dir }: { broker: number; dir: LogDir }) {
  const sizeBytes = dir.replicas.reduce((sum, replica) => sum + Number(replica.sizeBytes), 0)
  const state = dir.error === undefined ? (dir.isCordoned ? 'cordoned' : 'online') : 'offline'
  const free = Number(dir.usableBytes) < 0 ? undefined : byteSize(dir.usableBytes)
  return [String(broker), dir.path, state, dir.replicas.length, byteSize(sizeBytes), free]
}
