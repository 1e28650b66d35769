// What Linux says about a process in /proc: the CPU that all its threads have used, and the memory it holds.
// proc(5): https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html

import { readFileSync } from 'node:fs'

/** The unit of utime and stime. USER_HZ is 100 on every architecture that Node runs on, whatever the kernel's own tick. */
const ticksPerSecond = 100

/** utime and stime are the 14th and 15th field; the fields before them are counted from the third one. */
const userField = 14 - 3
const systemField = 15 - 3

/** User and system CPU seconds in the text of /proc/PID/stat. The second field is a name, which may hold blanks and brackets. */
export function cpuSecondsOf(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const ticks = Number(fields[userField]) + Number(fields[systemField])
  if (!Number.isFinite(ticks)) throw new Error(`not the text of /proc/PID/stat: ${stat.slice(0, 100)}`)
  return ticks / ticksPerSecond
}

/** Megabytes (10^6 bytes) of one line of /proc/PID/status, such as VmRSS or VmHWM, which are in KiB. */
export function megabytesOf(status: string, name: string): number {
  const kibibytes = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]
  if (kibibytes === undefined) throw new Error(`no ${name} in /proc/PID/status`)
  return (Number(kibibytes) * 1024) / 1e6
}

/** User and system CPU seconds that a running process has used so far, in all its threads. */
export function cpuSeconds(pid: number): number {
  return cpuSecondsOf(readFileSync(`/proc/${pid}/stat`, 'latin1'))
}

/** Resident memory of a running process in MB. */
export function residentMegabytes(pid: number): number {
  return megabytesOf(readFileSync(`/proc/${pid}/status`, 'latin1'), 'VmRSS')
}
