// What only shows after a crash: the twin's own promises. The numbers of seeds are enough for each outcome to occur.

import { describe, expect, test } from 'vitest'
import type { Disk } from '../disk.ts'
import { SimDisk, type SimDiskOptions } from './disk.ts'
import { seededRandom } from './random.ts'
import { Scheduler } from './scheduler.ts'

const seeds = Array.from({ length: 200 }, (_, seed) => seed)

function diskWith(seed: number, options: SimDiskOptions = {}): SimDisk {
  return new SimDisk({ random: seededRandom(seed), ...options })
}

/** The distinct outcomes over many seeds, sorted. */
async function outcomes(play: (disk: SimDisk) => Promise<string>): Promise<string[]> {
  const all = await Promise.all(seeds.map(seed => play(diskWith(seed))))
  return [...new Set(all)].sort()
}

/** Whether the promise has settled once all that is ready has run on. */
async function settledSoon(promise: Promise<unknown>): Promise<boolean> {
  let settled = false
  const done = () => {
    settled = true
  }
  promise.then(done, done)
  await new Promise(resolve => setImmediate(resolve))
  return settled
}

async function contentOf(disk: Disk, path: string): Promise<string> {
  return (await disk.stat(path)) ? String(await disk.readFile(path)) : 'missing'
}

describe('a process crash', () => {
  test('keeps what was written, synced or not, and all names', async () => {
    const seen = await outcomes(async device => {
      const disk = device.mount()
      await disk.makeDirectory('/d')
      const file = await disk.open('/d/a', 'create')
      await file.write([Buffer.from('written')], 0)
      await disk.rename('/d/a', '/d/b')
      device.crashProcess()
      return contentOf(device.mount(), '/d/b')
    })
    expect(seen).toEqual(['written'])
  })

  test('leaves any prefix of a write that was under way', async () => {
    const seen = await outcomes(async device => {
      const file = await device.mount().open('/a', 'create')
      void file.write([Buffer.from('ab'), Buffer.from('cd')], 0)
      device.crashProcess()
      return contentOf(device.mount(), '/a')
    })
    expect(seen).toEqual(['', 'a', 'ab', 'abc', 'abcd'])
  })

  test('leaves a renaming that was under way done or not done', async () => {
    const seen = await outcomes(async device => {
      const disk = device.mount()
      await disk.open('/a', 'create')
      void disk.rename('/a', '/b')
      device.crashProcess()
      return (await device.mount().list('/')).map(({ name }) => name).join()
    })
    expect(seen).toEqual(['a', 'b'])
  })

  test('leaves a removal of many that was under way somewhere in between', async () => {
    const seen = await outcomes(async device => {
      const disk = device.mount()
      await disk.makeDirectory('/d')
      for (const name of ['x', 'y', 'z']) await disk.open(`/d/${name}`, 'create')
      void disk.remove('/d')
      device.crashProcess()
      const left = device.mount()
      return (await left.stat('/d')) ? (await left.list('/d')).map(({ name }) => name).join('') : 'gone'
    })
    expect(seen).toEqual(['', 'gone', 'xyz', 'yz', 'z'])
  })

  test('ends all locks', async () => {
    const device = diskWith(1)
    await device.mount().lock('/.lock')
    await expect(device.mount().lock('/.lock')).rejects.toMatchObject({ code: 'LOCKED' })
    device.crashProcess()
    const release = await device.mount().lock('/.lock')
    await release()
  })

  test('a release by the dead does not end the lock of the living', async () => {
    const device = diskWith(1)
    const release = await device.mount().lock('/.lock')
    device.crashProcess()
    await device.mount().lock('/.lock')
    await release()
    await expect(device.mount().lock('/.lock')).rejects.toMatchObject({ code: 'LOCKED' })
  })

  test('the dead process gets no answers, and what it asks for does not happen', async () => {
    const scheduler = new Scheduler()
    const device = diskWith(1, { schedule: (ms, run) => scheduler.schedule(ms, run), latencyMs: () => 1 })
    const run = async () => {
      while (scheduler.runNext()) await new Promise(resolve => setImmediate(resolve))
    }
    const disk = device.mount()
    const opened = disk.open('/a', 'create')
    await run()
    const file = await opened
    device.crashProcess()
    let answered = 0
    const answer = () => {
      answered += 1
    }
    void file.write([Buffer.from('ghost')], 0).then(answer, answer)
    void file.read(0, 1).then(answer, answer)
    void file.datasync().then(answer, answer)
    void disk.open('/b', 'create').then(answer, answer)
    void disk.replaceFile('/c', Buffer.from('ghost')).then(answer, answer)
    await file.close()
    await run()
    await new Promise(resolve => setImmediate(resolve))
    expect(answered).toBe(0)
    const left = device.mount().list('/')
    await run()
    expect(await left).toEqual([{ name: 'a', isDirectory: false }])
    expect(device.peek('/a')).toHaveLength(0)
  })
})

describe('a loss of power', () => {
  test('keeps synced content of a synced name, whatever happens', async () => {
    const seen = await outcomes(async device => {
      const disk = device.mount()
      const file = await disk.open('/a', 'create')
      await file.write([Buffer.from('kept')], 0)
      await file.datasync()
      await disk.syncDirectory('/')
      device.losePower()
      return contentOf(device.mount(), '/a')
    })
    expect(seen).toEqual(['kept'])
  })

  test('a name that was not synced is there or not, even when its content was synced', async () => {
    const seen = await outcomes(async device => {
      const file = await device.mount().open('/a', 'create')
      await file.write([Buffer.from('kept')], 0)
      await file.datasync()
      device.losePower()
      return contentOf(device.mount(), '/a')
    })
    expect(seen).toEqual(['kept', 'missing'])
  })

  test('appended and not synced: nothing, all, a part, or a length without its bytes', async () => {
    const seen = new Set<string>()
    for (const seed of seeds) {
      const device = diskWith(seed)
      const disk = device.mount()
      const file = await disk.open('/a', 'create')
      await file.write([Buffer.alloc(1000, 'S')], 0)
      await file.datasync()
      await disk.syncDirectory('/')
      await file.write([Buffer.alloc(9000, 'U')], 1000)
      device.losePower()
      const content = await device.mount().readFile('/a')
      expect(content.subarray(0, 1000).equals(Buffer.alloc(1000, 'S'))).toBe(true)
      const rest = content.subarray(1000).toString()
      expect(rest).toMatch(/^[U\0]*$/)
      if (rest === '') seen.add('nothing')
      else if (rest === 'U'.repeat(9000)) seen.add('all')
      else if (/^U+$/.test(rest)) seen.add('shorter')
      else if (/^U+\0+$/.test(rest)) seen.add('torn')
      else if (/^\0+$/.test(rest)) seen.add('only the length')
      else seen.add('holes')
    }
    expect([...seen].sort()).toEqual(['all', 'holes', 'nothing', 'only the length', 'shorter', 'torn'])
  })

  test('overwritten and not synced: sectors are old or new, never mixed', async () => {
    const seen = await outcomes(async device => {
      const disk = device.mount()
      const file = await disk.open('/a', 'create')
      await file.write([Buffer.alloc(1024, 'o')], 0)
      await file.datasync()
      await disk.syncDirectory('/')
      await file.write([Buffer.alloc(1024, 'n')], 0)
      device.losePower()
      return (await contentOf(device.mount(), '/a')).replace(/o{512}/g, 'old ').replace(/n{512}/g, 'new ')
    })
    expect(seen).toEqual(['new new ', 'new old ', 'old new ', 'old old '])
  })

  test('a cut that was not synced happened or not; one that was synced stays', async () => {
    const cut = (sync: boolean) =>
      outcomes(async device => {
        const disk = device.mount()
        const file = await disk.open('/a', 'create')
        await file.write([Buffer.from('abcd')], 0)
        await file.datasync()
        await disk.syncDirectory('/')
        await file.truncate(0)
        if (sync) await file.datasync()
        device.losePower()
        return String((await contentOf(device.mount(), '/a')).length)
      })
    expect(await cut(false)).toEqual(['0', '1', '2', '3', '4'])
    expect(await cut(true)).toEqual(['0'])
  })

  test('cut, written again and synced: no old byte comes back', async () => {
    const seen = await outcomes(async device => {
      const disk = device.mount()
      const file = await disk.open('/a', 'create')
      await file.write([Buffer.alloc(9000, 'o')], 0)
      await file.datasync()
      await disk.syncDirectory('/')
      await file.truncate(10)
      await file.write([Buffer.from('n')], 8999)
      await file.datasync()
      device.losePower()
      return contentOf(device.mount(), '/a')
    })
    expect(seen).toEqual([`${'o'.repeat(10)}${'\0'.repeat(8989)}n`])
  })

  test('a sync covers what was written before it began, also when syncs overtake each other', async () => {
    for (const seed of seeds) {
      const scheduler = new Scheduler()
      const random = seededRandom(seed)
      const device = new SimDisk({
        random,
        schedule: (ms, run) => scheduler.schedule(ms, run),
        latencyMs: () => random.int(10),
      })
      const drive = async <Result>(promise: Promise<Result>): Promise<Result> => {
        let settled = false
        void promise.finally(() => {
          settled = true
        })
        for (;;) {
          await new Promise(resolve => setImmediate(resolve))
          if (settled || !scheduler.runNext()) return promise
        }
      }
      const disk = device.mount()
      const file = await drive(disk.open('/a', 'create'))
      await drive(disk.syncDirectory('/'))
      await drive(file.write([Buffer.from('1')], 0))
      const first = file.datasync()
      await drive(file.write([Buffer.from('2')], 1))
      const second = file.datasync()
      const later = file.write([Buffer.from('33')], 1)
      await drive(second)
      device.losePower()
      expect(await drive(device.mount().readFile('/a')).then(String), `seed ${seed}`).toMatch(/^1(2|3)/)
      void first
      void later
    }
  })

  test('a sync does not cover what is written while it runs', async () => {
    const seen = new Set<string>()
    for (const seed of seeds) {
      const scheduler = new Scheduler()
      const latencyMs = (operation: string) => (operation === 'datasync' ? 5 : 0)
      const device = diskWith(seed, { schedule: (ms, run) => scheduler.schedule(ms, run), latencyMs })
      const drive = async <Result>(promise: Promise<Result>) => {
        while (scheduler.pending > 0 || !(await settledSoon(promise))) scheduler.runNext()
        return promise
      }
      const disk = device.mount()
      const file = await drive(disk.open('/a', 'create'))
      await drive(Promise.all([disk.syncDirectory('/'), file.write([Buffer.alloc(8193, 'o')], 0)]))
      await drive(file.datasync())
      await drive(file.write([Buffer.from('n')], 0))
      await drive(Promise.all([file.datasync(), file.write([Buffer.from('n')], 8192)]))
      device.losePower()
      const content = String(device.peek('/a'))
      seen.add(`${content[0]}${content[8192]}`)
    }
    expect([...seen].sort()).toEqual(['nn', 'no'])
  })

  test('renames happened wholly or not at all, and never before what they rest on', async () => {
    const seen = await outcomes(async device => {
      const disk = device.mount()
      await disk.open('/a', 'create')
      await disk.syncDirectory('/')
      await disk.rename('/a', '/b')
      await disk.open('/a', 'create')
      await disk.rename('/b', '/c')
      device.losePower()
      return (await device.mount().list('/')).map(({ name }) => name).join('')
    })
    expect(seen).toEqual(['a', 'ab', 'ac', 'b', 'c'])
  })

  test('a removal that was not synced happened or not; one that was synced did', async () => {
    const remove = (sync: boolean) =>
      outcomes(async device => {
        const disk = device.mount()
        const file = await disk.open('/a', 'create')
        await file.write([Buffer.from('x')], 0)
        await file.datasync()
        await disk.syncDirectory('/')
        await disk.remove('/a')
        if (sync) await disk.syncDirectory('/')
        device.losePower()
        return contentOf(device.mount(), '/a')
      })
    expect(await remove(false)).toEqual(['missing', 'x'])
    expect(await remove(true)).toEqual(['missing'])
  })

  test('a directory is there with what was synced in it', async () => {
    const seen = await outcomes(async device => {
      const disk = device.mount()
      await disk.makeDirectory('/d')
      await disk.syncDirectory('/')
      await disk.open('/d/synced', 'create')
      await disk.syncDirectory('/d')
      await disk.open('/d/unsynced', 'create')
      device.losePower()
      return (await device.mount().list('/d')).map(({ name }) => name).join()
    })
    expect(seen).toEqual(['synced', 'synced,unsynced'])
  })

  test('what was moved out of a directory before that was removed is not lost with it', async () => {
    const seen = await outcomes(async device => {
      const disk = device.mount()
      await disk.makeDirectory('/d')
      await disk.open('/d/a', 'create')
      await disk.syncDirectory('/d')
      await disk.syncDirectory('/')
      await disk.rename('/d/a', '/a')
      await disk.remove('/d')
      device.losePower()
      const left = device.mount()
      return `${(await left.stat('/a')) ? 'out' : ''}${(await left.stat('/d/a')) ? 'in' : ''}`
    })
    expect(seen).toEqual(['in', 'out'])
  })

  test('replaceFile leaves the old or the new content, whenever the power goes', async () => {
    const seen = new Set<string>()
    for (const seed of seeds) {
      const scheduler = new Scheduler()
      const device = new SimDisk({ random: seededRandom(seed), schedule: (ms, run) => scheduler.schedule(ms, run) })
      const settle = async (steps: number) => {
        for (let step = 0; step < steps; step++) {
          await new Promise(resolve => setImmediate(resolve))
          if (!scheduler.runNext()) break
        }
        await new Promise(resolve => setImmediate(resolve))
      }
      const disk = device.mount()
      let replaced = false
      void disk.replaceFile('/a', Buffer.from('old'))
      await settle(100)
      void disk.replaceFile('/a', Buffer.from('new')).then(() => {
        replaced = true
      })
      await settle(seed % 10)
      device.losePower()
      const content = String(device.peek('/a'))
      expect(content, `seed ${seed}`).toMatch(replaced ? /^new$/ : /^(old|new)$/)
      seen.add(`${content} ${replaced}`)
    }
    expect([...seen].sort()).toEqual(['new false', 'new true', 'old false'])
  })

  test('a failed sync is not made good by the next one', async () => {
    const seen = await outcomes(async device => {
      const disk = device.mount()
      const file = await disk.open('/a', 'create')
      await file.write([Buffer.alloc(512, 'o')], 0)
      await file.datasync()
      await disk.syncDirectory('/')
      await file.write([Buffer.alloc(512, 'n')], 0)
      device.fail({ operation: 'datasync', times: 1 })
      await expect(file.datasync()).rejects.toMatchObject({ code: 'DISK_FAILED' })
      await expect(file.datasync()).rejects.toMatchObject({ code: 'DISK_FAILED' })
      const again = await disk.open('/a', 'write')
      await again.datasync()
      expect(String(device.peek('/a'))).toBe('n'.repeat(512))
      device.losePower()
      return (await contentOf(device.mount(), '/a'))[0]!
    })
    expect(seen).toEqual(['o'])
  })
})

describe('a full disk', () => {
  test('takes what fits, says DISK_FULL, and goes on when there is room again', async () => {
    const device = diskWith(1, { capacityBytes: 4 * 4096 })
    const disk = device.mount()
    const file = await disk.open('/a', 'create')
    await file.write([Buffer.alloc(3 * 4096)], 0)
    expect(await disk.space('/')).toEqual({ freeBytes: 4096, totalBytes: 4 * 4096 })
    const full = file.write([Buffer.alloc(4096), Buffer.alloc(4096)], 3 * 4096)
    await expect(full).rejects.toMatchObject({ name: 'DiskError', code: 'DISK_FULL', path: '/a' })
    expect(await file.size()).toBe(4 * 4096)
    await file.write([Buffer.from('over what is there')], 0)
    await file.truncate(4096)
    await file.write([Buffer.alloc(2 * 4096)], 4096)
    expect(device.freeBytes).toBe(4096)
  })

  test('room is free when the last name and the last handle are gone', async () => {
    const device = diskWith(1)
    const disk = device.mount()
    const file = await disk.open('/a', 'create')
    await file.write([Buffer.alloc(10_000)], 0)
    expect(device.usedBytes).toBe(3 * 4096)
    const release = file.retain()
    await file.close()
    await disk.remove('/a')
    expect(device.usedBytes).toBe(3 * 4096)
    release()
    expect(device.usedBytes).toBe(0)
    const other = await disk.open('/b', 'create')
    await other.write([Buffer.alloc(1)], 100 * 4096)
    expect(device.usedBytes).toBe(4096)
    await disk.remove('/b')
    device.crashProcess()
    expect(device.usedBytes).toBe(0)
  })

  test('can be filled by somebody else', async () => {
    const device = diskWith(1)
    const file = await device.mount().open('/a', 'create')
    device.capacityBytes = 0
    await expect(file.write([Buffer.alloc(1)], 0)).rejects.toMatchObject({ code: 'DISK_FULL' })
  })
})

describe('a failing disk', () => {
  test('fails the nth operation of a kind on a path, as often as asked', async () => {
    const device = diskWith(1)
    const disk = device.mount()
    await disk.makeDirectory('/d')
    const file = await disk.open('/d/a', 'create')
    const other = await disk.open('/b', 'create')
    const heal = device.fail({ operation: 'write', path: '/d', nth: 2, times: 1 })
    const tryWrite = (target = file) =>
      target.write([Buffer.from('x')], 0).then(
        () => 'ok',
        error => error.code,
      )
    expect([await tryWrite(), await tryWrite(other), await tryWrite(), await tryWrite()]).toEqual([
      'ok',
      'ok',
      'DISK_FAILED',
      'ok',
    ])
    heal()
    const healAll = device.fail({ path: /a$/, code: 'DISK_FULL' })
    expect([await tryWrite(), await tryWrite(other), await tryWrite()]).toEqual(['DISK_FULL', 'ok', 'DISK_FULL'])
    await expect(disk.open('/d/a', 'read')).rejects.toMatchObject({ code: 'DISK_FULL', path: '/d/a' })
    healAll()
    expect(await tryWrite()).toBe('ok')
  })

  test('a failed write leaves any prefix of it', async () => {
    const seen = await outcomes(async device => {
      const file = await device.mount().open('/a', 'create')
      device.fail({ operation: 'write' })
      await expect(file.write([Buffer.from('abc')], 0)).rejects.toMatchObject({ code: 'DISK_FAILED' })
      return contentOf(device.mount(), '/a')
    })
    expect(seen).toEqual(['', 'a', 'ab', 'abc'])
  })
})
