// Getting at a registry from the command line: certificates of one's own, users, tokens, and addresses where nobody is.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { silentLogger } from '../../io/logger.ts'
import { realClock } from '../../io/real-clock.ts'
import { avroType } from '../../schema-registry/avro/avro-type.ts'
import { readCredentials } from '../../schema-registry/credentials.ts'
import { Registry } from '../../schema-registry/registry.ts'
import { RegistryClient } from '../../schema-registry/registry-client/registry-client.ts'
import { registryServer } from '../../schema-registry/server.ts'
import { RegistryState } from '../../schema-registry/store/state.ts'
import { MemoryLog } from '../../schema-registry/testing/memory-log.ts'
import { repositoryPath } from '../../testing/repository-path.ts'
import { registryClientOptions } from './registry-command.ts'

const tls = (name: string) => join(repositoryPath('io/testdata/tls'), name)
const pem = (name: string) => readFileSync(tls(name), 'utf8')

let server: Awaited<ReturnType<typeof registryServer>>
let port: number

beforeAll(async () => {
  const state = new RegistryState()
  const leadership = { isLeader: true, leaderUrl: 'http://r' }
  server = await registryServer({
    registry: new Registry({ state, log: new MemoryLog(state), leadership, types: [avroType] }),
    clock: realClock(),
    logger: silentLogger,
    version: '0',
    kafkaClusterId: () => 'c',
    groupId: 'schema-registry',
    tls: { key: pem('server.key'), cert: pem('server.pem') },
    credentials: readCredentials('basic anna geheim\nbearer bot s3cret\n'),
  })
  const address = await server.listen({ host: '127.0.0.1', port: 0 })
  port = Number(new URL(address).port)
})
afterAll(() => server.close())

const flags = () => ({ registry: `https://localhost:${port}`, timeout: '2s' })
const registerAs = async (more: object) => {
  const client = new RegistryClient(await registryClientOptions({ ...flags(), ...more }))
  return (await client.register('s', { schema: '"int"' })).id
}

test('with the certificate, as a user or by a token', async () => {
  const trusting = { registryCa: tls('authority.pem') }
  expect(await registerAs({ ...trusting, registryUser: 'anna:geheim' })).toBe(1)
  expect(await registerAs({ ...trusting, registryToken: 's3cret' })).toBe(1)
  const inAddress = { ...trusting, registry: `https://anna:geheim@localhost:${port}` }
  expect(await registerAs(inAddress)).toBe(1)
  await expect(registerAs({ ...trusting, registryUser: 'anna:wrong' })).rejects.toMatchObject({ code: 'UNAUTHORIZED' })
  await expect(registerAs(trusting)).rejects.toMatchObject({ code: 'UNAUTHORIZED', retriable: false })
})

test('without the certificate, and what is typed wrongly', async () => {
  await expect(registerAs({ registryUser: 'anna:geheim' })).rejects.toThrow(/certificate/)
  await expect(registerAs({ registryUser: 'anna' })).rejects.toThrow('name:password')
  await expect(registerAs({ registryCa: tls('none.pem') })).rejects.toThrow('--registry-ca')
  await expect(registerAs({ registry: 'localhost:1' })).rejects.toThrow(/MILLRACE_REGISTRY/)
  await expect(registerAs({ registry: 'ftp://x' })).rejects.toThrow('no address of a registry')
})
