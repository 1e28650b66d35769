// `npm run bench:profile-table -- FILE.cpuprofile [--top N]`: the functions in which any V8 CPU profile spent its time.

import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { CpuProfile } from './profile/cpu-profile.ts'
import { profileTable } from './profile/cpu-profile-table.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { top: { type: 'string', default: '25' } },
})
if (positionals.length === 0) {
  console.log('npm run bench:profile-table -- FILE.cpuprofile [--top N]')
  process.exit(1)
}
for (const path of positionals) {
  const profile = JSON.parse(readFileSync(path, 'utf8')) as CpuProfile
  console.log(`${path}\n${profileTable(profile, Number(values.top))}`)
}
