// An exclusive lock on a file, without flock(2), which Node does not have.
//
// Linux: an abstract socket whose name is made of the directory's device and inode and the file's name. Binding it is
// atomic, so that two processes that race cannot both win; the kernel frees it when the process ends, however it ends;
// nothing is left behind that could be stale. The holder's process id stands in the file, only to be named to others.
// A Kafka broker takes a POSIX record lock on the same file (FileChannel.tryLock), which /proc/locks shows: it is respected.
// Elsewhere (macOS, BSD): open(2) with O_EXLOCK, which is flock(2).
// Left out: Kafka does not see our lock, and processes in different network namespaces (two containers that share a
// directory) do not see each other's; both need fcntl(2), which takes native code.

import { constants, promises } from 'node:fs'
import { createServer } from 'node:net'
import { basename, dirname } from 'node:path'
import { DiskError } from './disk.ts'
import { asDiskError } from './real-disk-error.ts'

type Release = () => Promise<void>

const openExclusively = 0x20 // O_EXLOCK of macOS and the BSDs

/** Takes the lock or rejects with LOCKED; creates the file when it is missing. */
export async function lockFile(path: string): Promise<Release> {
  try {
    return await (process.platform === 'linux' ? lockOnLinux(path) : lockOnBsd(path))
  } catch (error) {
    throw asDiskError(error, path)
  }
}

async function lockOnLinux(path: string): Promise<Release> {
  const file = await promises.open(path, constants.O_RDWR | constants.O_CREAT, 0o644)
  try {
    const release = await bindAbstract(await abstractName(path))
    if (!release) throw lockedBy(path, await holderIn(path))
    const recordHolder = await recordLockHolder((await file.stat({ bigint: true })).ino)
    if (recordHolder !== undefined) {
      await release()
      throw lockedBy(path, recordHolder)
    }
    await file.truncate(0)
    await file.write(`${process.pid}\n`, 0)
    return release
  } finally {
    await file.close()
  }
}

/** The name of the abstract socket that stands for the lock. */
export async function abstractName(path: string): Promise<string> {
  const directory = await promises.stat(dirname(path), { bigint: true })
  return `\0millrace-lock/${directory.dev}/${directory.ino}/${basename(path)}`
}

// The server accepts nobody: it stands for the name. Undefined when the name is taken.
function bindAbstract(name: string): Promise<Release | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer(socket => socket.destroy())
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined)
      else reject(error)
    })
    server.listen({ path: name, backlog: 1 }, () => {
      server.unref()
      resolve(() => new Promise(done => server.close(() => done())))
    })
  })
}

async function holderIn(path: string): Promise<number | undefined> {
  const pid = Number((await promises.readFile(path, 'utf8').catch(() => '')).trim())
  return Number.isInteger(pid) && pid > 0 ? pid : undefined
}

// A line is `1: POSIX  ADVISORY  WRITE 1234 fe:00:5678 0 EOF`: process, device and inode of the file, range. Java locks the
// whole range. The device is not compared, since some file systems show another one there than in stat.
async function recordLockHolder(inode: bigint): Promise<number | undefined> {
  return holderAmong(await promises.readFile('/proc/locks', 'utf8').catch(() => ''), inode)
}

/** The process that has a file locked for writing as a whole, by what /proc/locks says. */
export function holderAmong(locks: string, inode: bigint): number | undefined {
  for (const line of locks.split('\n')) {
    const [, type, , access, pid, place, start, end] = line.trim().split(/\s+/)
    const wholeFile = type === 'POSIX' && access === 'WRITE' && start === '0' && end === 'EOF'
    if (wholeFile && place?.endsWith(`:${inode}`)) return Number(pid)
  }
  return undefined
}

async function lockOnBsd(path: string): Promise<Release> {
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NONBLOCK | openExclusively
  let file: promises.FileHandle
  try {
    file = await promises.open(path, flags, 0o644)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw code === 'EAGAIN' || code === 'EWOULDBLOCK' ? lockedBy(path, await holderIn(path)) : error
  }
  await file.truncate(0)
  await file.write(`${process.pid}\n`, 0)
  return () => file.close()
}

function lockedBy(path: string, pid: number | undefined): DiskError {
  const holder = pid === undefined ? 'another process' : `process ${pid}`
  return new DiskError('LOCKED', path, {
    message: `${path} is locked by ${holder}: stop it, or choose another data directory`,
  })
}
