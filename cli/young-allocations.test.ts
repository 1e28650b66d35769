import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'

const place = pathToFileURL(join(import.meta.dirname, '../dist/cli/young-allocations.js'))
const called = `import { keepAllocationsYoung } from '${place}'; keepAllocationsYoung();`

/** Objects of one place in the code that outlive scavenges: V8 would make the next ones old. */
const program = `
  let kept = []
  const make = id => ({ id, parts: [id] })
  for (let id = 0; id < 500_000; id++) {
    kept.push(make(id))
    if (kept.length > 100_000) kept = []
  }
`

/** What V8 says of its verdicts about places in the code. */
function verdicts(text: string): number {
  const args = ['--trace-pretenuring-statistics', '--input-type=module', '-e', text]
  const { stdout, status } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`the program ended with ${status}`)
  return stdout.split('\n').filter(line => line.includes('AllocationSite')).length
}

describe('where V8 makes objects', () => {
  test('it has verdicts about places in the code unless it is told not to', () => {
    expect(verdicts(program)).toBeGreaterThan(0)
  })

  test('the command wants none', () => {
    expect(verdicts(called + program)).toBe(0)
  })
})
