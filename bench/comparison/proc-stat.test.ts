import { expect, test } from 'vitest'
import { cpuSeconds, cpuSecondsOf, megabytesOf, residentMegabytes } from './proc-stat.ts'

// As Linux 6.18 printed it; the name was set by prctl to what a naive reader stumbles over.
const stat =
  '4711 (a) R (b 9) S 1 4711 4711 0 -1 4194560 2417 0 3 0 345 67 8 9 20 0 11 0 12345 1094209536 13000 18446744073709551615 1 1 0 0 0 0 0 4096 134234626 0 0 0 17 1 0 0 0 0 0'

test('user and system time are told apart from a name with blanks and brackets', () => {
  expect(cpuSecondsOf(stat)).toBe(4.12)
})

test('children that ended do not count', () => {
  expect(cpuSecondsOf(stat.replace(' 345 67 8 9 ', ' 100 0 5000 5000 '))).toBe(1)
})

test('another text is refused', () => {
  expect(() => cpuSecondsOf('no such process')).toThrow('/proc/PID/stat')
})

test('memory is given in MB of 10^6 bytes', () => {
  const status = 'Name:\tnode\nVmHWM:\t  200000 kB\nVmRSS:\t  100000 kB\nThreads:\t11\n'
  expect(megabytesOf(status, 'VmRSS')).toBe(102.4)
  expect(megabytesOf(status, 'VmHWM')).toBe(204.8)
  expect(() => megabytesOf(status, 'VmSwap')).toThrow('VmSwap')
})

test('this process has used CPU and holds memory', () => {
  expect(cpuSeconds(process.pid)).toBeGreaterThan(0)
  expect(residentMegabytes(process.pid)).toBeGreaterThan(10)
})
