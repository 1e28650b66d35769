import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type DiskBench, diskContract } from './contract/disk.ts'
import { realDisk } from './real-disk.ts'
import { asDiskError } from './real-disk-error.ts'
import { abstractName, holderAmong } from './real-lock.ts'

async function bench(): Promise<DiskBench> {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-io-'))
  const close = () => rm(directory, { recursive: true, force: true })
  return { disk: realDisk(), directory, run: body => body(), close }
}

diskContract('the machine', bench)

describe('errors of the operating system', () => {
  test.each([
    ['ENOENT', 'NOT_FOUND'],
    ['EEXIST', 'EXISTS'],
    ['ENOSPC', 'DISK_FULL'],
    ['EDQUOT', 'DISK_FULL'],
    ['EIO', 'DISK_FAILED'],
    ['EROFS', 'DISK_FAILED'],
    ['EMFILE', 'NO_DESCRIPTORS'],
    ['ENFILE', 'NO_DESCRIPTORS'],
  ])('%s is %s', (code, expected) => {
    const cause = Object.assign(new Error(`${code}: words of the system`), { code })
    const error = asDiskError(cause, '/data/a')
    expect(error).toMatchObject({ code: expected, path: '/data/a', cause })
    expect(error.message).toBe(`${expected} /data/a: ${code}: words of the system`)
    expect(asDiskError(error, '/data/b')).toBe(error)
  })

  test.runIf(process.platform === 'linux')('a device that is always full says so', async () => {
    const file = await realDisk().open('/dev/full', 'write')
    await expect(file.write([Buffer.from('x')], 0)).rejects.toMatchObject({ code: 'DISK_FULL' })
    await file.close()
  })
})

test.runIf(process.platform === 'linux')('knows how many descriptors the process may have', () => {
  const asked = execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).trim()
  expect(realDisk().descriptorsMax).toBe(Number(asked))
})

test('lists links to directories as directories', async () => {
  const { disk, directory, close } = await bench()
  await mkdir(join(directory, 'target'))
  await symlink(join(directory, 'target'), join(directory, 'link'))
  await symlink(join(directory, 'nowhere'), join(directory, 'broken'))
  expect(await disk.list(directory)).toEqual([
    { name: 'broken', isDirectory: false },
    { name: 'link', isDirectory: true },
    { name: 'target', isDirectory: true },
  ])
  await close()
})

describe.runIf(process.platform === 'linux')('the lock', () => {
  test('of another process is respected, names it, and ends with kill -9', async () => {
    const { disk, directory, close } = await bench()
    const path = join(directory, '.lock')
    const program = `require('node:net').createServer().listen(process.argv[1].replace('@', '\\0'), () => console.log('held'))`
    const holder = spawn(process.execPath, ['-e', program, '--', (await abstractName(path)).replace('\0', '@')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(holder.stdout, 'data')
    await writeFile(path, `${holder.pid}\n`)
    await expect(disk.lock(path)).rejects.toThrow(`${path} is locked by process ${holder.pid}: stop it, or`)
    const gone = once(holder, 'exit')
    holder.kill('SIGKILL')
    await gone
    const release = await disk.lock(path)
    expect(await readFile(path, 'utf8')).toBe(`${process.pid}\n`)
    await release()
    await close()
  })

  // What Linux 6 shows while a JVM holds FileChannel.tryLock() on a file with the inode 10027366.
  const locks = `1: POSIX  ADVISORY  WRITE 13832 fe:00:10027366 0 EOF
2: FLOCK  ADVISORY  WRITE 13833 fe:00:9986053 0 EOF
3: POSIX  ADVISORY  WRITE 13787 fe:00:10060539 0 0
4: POSIX  ADVISORY  READ  13788 fe:00:10060540 0 EOF
`
  test('of a Kafka broker is seen in /proc/locks', () => {
    expect(holderAmong(locks, 10027366n)).toBe(13832)
    expect([9986053n, 10060539n, 10060540n, 27366n].map(inode => holderAmong(locks, inode))).toEqual(
      Array(4).fill(undefined),
    )
    expect(holderAmong('', 1n)).toBeUndefined()
  })
})
