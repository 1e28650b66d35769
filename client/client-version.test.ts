import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { clientSoftware } from './client-version.ts'

test('the version that brokers are told is the one of the package', () => {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  expect(clientSoftware.clientSoftwareVersion).toBe((JSON.parse(text) as { version: string }).version)
})
