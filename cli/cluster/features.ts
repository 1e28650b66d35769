// `millrace cluster features`

import type { FeatureRange } from '../../client/admin/features.ts'
import type { Session } from '../terminal/session.ts'

export async function listFeatures(session: Session): Promise<void> {
  const admin = await session.admin()
  const { supported, finalized } = await admin.features.describe({ signal: session.signal })
  const names = [...new Set([...supported.keys(), ...finalized.keys()])].sort()
  session.show({
    columns: ['FEATURE', 'IN USE', 'SUPPORTED'],
    rows: names.map(name => [name, String(finalized.get(name)?.max ?? 0), rangeText(supported.get(name))]),
    json: names.map(name => ({ name, finalized: finalized.get(name) ?? null, supported: supported.get(name) ?? null })),
    empty: 'the brokers tell of no features',
  })
}

function rangeText(range: FeatureRange | undefined): string | undefined {
  return range && `${range.min} to ${range.max}`
}
