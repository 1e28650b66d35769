export { shareSnapshotKey, shareSnapshotValue } from './share-snapshot.ts'
export { shareUpdateKey, shareUpdateValue } from './share-update.ts'
