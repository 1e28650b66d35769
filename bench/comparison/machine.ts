// Where and when a figure was taken: without it a number says nothing.

import { readFileSync, statfsSync } from 'node:fs'
import { cpus, loadavg, release, totalmem } from 'node:os'
import { runCommand } from '../run-command.ts'

export interface Machine {
  readonly date: string
  readonly commit: string
  readonly cpu: string
  readonly cores: number
  readonly memoryGb: number
  readonly kernel: string
  readonly node: string
  readonly java: string
  readonly fileSystem: string
  /** Of the minute before: what else the machine was doing. */
  readonly loadBefore: number
}

/** statfs(2)'s numbers of the file systems that one meets; a memory file system would flatter nobody equally. */
const fileSystems: Readonly<Record<number, string>> = {
  61267: 'ext4',
  1481003842: 'xfs',
  2435016766: 'btrfs',
  16914836: 'tmpfs (memory: not what a broker writes to)',
  2035054128: 'overlayfs',
}

export async function describeMachine(folder: string): Promise<Machine> {
  const { type } = statfsSync(folder)
  const java = (await runCommand('java', ['-version'])).output.split('\n')[0] ?? ''
  return {
    date: new Date().toISOString().slice(0, 16).replace('T', ' '),
    commit: await commitHere(),
    cpu: cpuModel(),
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 1e9),
    kernel: release(),
    node: process.versions.node,
    java: /"([^"]+)"/.exec(java)?.[1] ?? java,
    fileSystem: fileSystems[type] ?? `0x${type.toString(16)}`,
    loadBefore: Math.round(loadavg()[0]! * 100) / 100,
  }
}

async function commitHere(): Promise<string> {
  const { code, stdout } = await runCommand('git', ['rev-parse', '--short', 'HEAD'])
  if (code !== 0) return 'unknown'
  const { stdout: changed } = await runCommand('git', ['status', '--porcelain', '--untracked-files=no'])
  return stdout.trim() + (changed === '' ? '' : ' (changed since)')
}

function cpuModel(): string {
  const model = cpus()[0]?.model.trim()
  if (model && model !== 'unknown') return model
  return /^(?:model name|Model)\s*: (.*)$/m.exec(readFileSync('/proc/cpuinfo', 'latin1'))?.[1] ?? process.arch
}

export function machineLine(machine: Machine): string {
  const { cpu, cores, memoryGb, kernel, node, java, fileSystem, loadBefore } = machine
  return `${cpu}, ${cores} cores, ${memoryGb} GB, Linux ${kernel}, ${fileSystem}; Node ${node}, Java ${java}; load before ${loadBefore}; ${machine.date}, commit ${machine.commit}`
}
