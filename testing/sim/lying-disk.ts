// A disk that says it has done what it has not, as a planted fault:
// `earlyWrite` answers a write before it has happened, `noSync` answers a datasync of a segment and does nothing.

import type { Disk, DiskFile } from '../../io/disk.ts'
import type { World } from '../../io/world.ts'

export type DiskLie = 'earlyWrite' | 'noSync'

const lateMs = 20

/** The same world, on a disk that lies about the segments of topics. */
export function onLyingDisk(world: World, lie: DiskLie): World {
  const disk = new Proxy(world.disk, {
    get(target, key) {
      if (key === 'open') return (path: string, mode: 'read' | 'write' | 'create') => open(target, path, mode)
      const value = Reflect.get(target, key, target) as unknown
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  const open = async (target: Disk, path: string, mode: 'read' | 'write' | 'create') => {
    const file = await target.open(path, mode)
    return path.endsWith('.log') && !path.includes('__cluster_metadata') ? lying(file, world, lie) : file
  }
  return { ...world, disk }
}

function lying(file: DiskFile, world: World, lie: DiskLie): DiskFile {
  const write: DiskFile['write'] = async (buffers, position) => {
    const copy = buffers.map(buffer => Buffer.from(buffer))
    world.clock.after(lateMs, () => void file.write(copy, position).catch(() => {}))
  }
  return new Proxy(file, {
    get(target, key) {
      if (key === 'write' && lie === 'earlyWrite') return write
      if (key === 'datasync' && lie === 'noSync') return async () => {}
      const value = Reflect.get(target, key, target) as unknown
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
