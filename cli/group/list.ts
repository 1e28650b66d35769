// `millrace group list`

import type { GroupType } from '../../client/admin/groups.ts'
import { usage } from '../terminal/failure.ts'
import type { Session } from '../terminal/session.ts'

const types: readonly GroupType[] = ['Classic', 'Consumer', 'Share', 'Streams']

interface Flags {
  readonly state?: readonly string[]
  readonly type?: readonly string[]
}

export async function listGroups(session: Session, { state: states = [], type = [] }: Flags): Promise<void> {
  const wanted = type.map(typeNamed)
  const admin = await session.admin()
  const groups = await admin.groups.list({ states, types: wanted, signal: session.signal })
  session.show({
    columns: ['GROUP', 'TYPE', 'PROTOCOL', 'STATE'],
    rows: groups.map(({ groupId, type: kind, protocolType, state }) => [
      groupId,
      kind,
      protocolType || undefined,
      state,
    ]),
    json: groups,
    empty: 'no groups',
  })
}

function typeNamed(text: string): GroupType {
  const found = types.find(type => type.toLowerCase() === text.toLowerCase())
  if (found !== undefined) return found
  throw usage(`--type ${text}: it is one of ${types.join(', ')}`)
}
