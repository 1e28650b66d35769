// Writes: one after the other, by the leader, answered when they can be read.

import { describe, expect, test } from 'vitest'
import type { Draft } from './store/draft.ts'
import { schemaKey } from './store/record-keys.ts'
import { SchemasLogError } from './store/schemas-log.ts'
import { testRegistry } from './testing/test-registry.ts'

const options = { normalize: false, force: false }

function draft(subject: string, text: string, more: Partial<Draft> = {}): Draft {
  const none = { metadata: undefined, ruleSet: undefined, unknown: undefined }
  return { subject, text, type: 'AVRO', references: [], version: 0, id: -1, ...none, ...more }
}

const record = (subject: string, version: number, id: number, schema: string) => ({
  key: schemaKey(subject, version),
  value: JSON.stringify({ subject, version, id, schema, deleted: false }),
})

/** A promise, and the means to settle it. */
function gate() {
  let open!: () => void
  return { passed: new Promise<void>(resolve => (open = resolve)), open: () => open() }
}

describe('one at a time', () => {
  test('a write is decided only when the one before it has been applied', async () => {
    const { registry, log } = await testRegistry()
    const { passed, open } = gate()
    log.beforeAppend = () => passed
    const both = Promise.all([
      registry.register(draft('a', '"int"'), options),
      registry.register(draft('b', '"int"'), options),
      registry.register(draft('a', '"int"'), options),
    ])
    expect(registry.waitingWriteCount).toBe(3)
    open()
    expect((await both).map(({ id, version }) => [id, version])).toEqual([[1, 1], [1, 1], [1, 1]]) // biome-ignore format: one thought
    expect(log.records.map(({ key }) => key)).toEqual([schemaKey('a', 1), schemaKey('b', 1)])
    expect(registry.waitingWriteCount).toBe(0)
  })

  test('one that is refused does not hold up the next', async () => {
    const { registry } = await testRegistry()
    const refused = registry.register(draft('a', '"nothing"'), options)
    const next = registry.register(draft('a', '"int"'), options)
    await expect(refused).rejects.toMatchObject({ code: 42201 })
    await expect(next).resolves.toMatchObject({ id: 1 })
  })

  test('full: more than waitingWritesMax are refused with 429', async () => {
    const { registry, log } = await testRegistry({ limits: { waitingWritesMax: 2 } })
    const { passed, open } = gate()
    log.beforeAppend = () => passed
    const first = [registry.register(draft('a', '"int"'), options), registry.register(draft('b', '"int"'), options)]
    await expect(registry.register(draft('c', '"int"'), options)).rejects.toMatchObject({ code: 429, status: 429 })
    open()
    await Promise.all(first)
    await expect(registry.register(draft('c', '"int"'), options)).resolves.toMatchObject({ id: 1 })
  })
})

describe('who leads', () => {
  test('a new leader reads the topic to its end before it decides, once', async () => {
    const leadership = { isLeader: true, leaderUrl: 'http://here', epoch: 7 }
    const { registry, log } = await testRegistry({ leadership })
    log.readToEnd = async () => {
      log.readToEndCount++
      if (log.records.length === 0) log.put(record('a', 1, 41, '"int"'))
    }
    await expect(registry.register(draft('b', '"long"'), options)).resolves.toMatchObject({ id: 42 })
    await registry.register(draft('c', '"bytes"'), options)
    expect(log.readToEndCount).toBe(1)
    leadership.epoch = 8
    await registry.register(draft('d', '"float"'), options)
    expect(log.readToEndCount).toBe(2)
  })

  test('where nobody says which leadership it is, each write reads to the end', async () => {
    const { registry, log } = await testRegistry({ leadership: { isLeader: true, leaderUrl: 'http://here' } })
    await registry.register(draft('a', '"int"'), options)
    await registry.register(draft('b', '"long"'), options)
    expect(log.readToEndCount).toBe(2)
  })

  test('who has lost the lead while reading to the end does not write', async () => {
    const leadership = { isLeader: true, leaderUrl: 'http://here', epoch: 1 }
    const { registry, log } = await testRegistry({ leadership })
    log.readToEnd = async () => void (leadership.isLeader = false)
    await expect(registry.register(draft('a', '"int"'), options)).rejects.toMatchObject({ code: 50003 })
    expect(log.records).toEqual([])
  })

  test('who does not lead says who does, or that nobody is known to', async () => {
    const other = await testRegistry({ leadership: { isLeader: false, leaderUrl: 'http://10.0.0.7:8081' } })
    const refused = other.registry.deleteSubject('a', false)
    await expect(refused).rejects.toMatchObject({
      code: 50003,
      message: expect.stringContaining('http://10.0.0.7:8081'),
    })
    const nobody = await testRegistry({ leadership: { isLeader: false, leaderUrl: undefined } })
    await expect(nobody.registry.deleteSubject('a', false)).rejects.toMatchObject({ code: 50004 })
  })

  test('who does not lead answers a registration that changes nothing', async () => {
    const { registry, log } = await testRegistry({ leadership: { isLeader: false, leaderUrl: undefined } })
    log.put(record('a', 1, 3, '"int"'))
    await expect(registry.register(draft('a', '{"type": "int"}'), options)).resolves.toMatchObject({
      id: 3,
      version: 1,
    })
    await expect(registry.register(draft('a', '"long"'), options)).rejects.toMatchObject({ code: 50004 })
  })
})

describe('when the topic says no', () => {
  test('refused for sure: 50001, and the next write reads to the end first', async () => {
    const { registry, log } = await testRegistry()
    log.beforeAppend = () => {
      throw new SchemasLogError('the broker is gone', { isUnknown: false })
    }
    const refused = registry.register(draft('a', '"int"'), options)
    await expect(refused).rejects.toMatchObject({ code: 50001, message: expect.stringContaining('the broker is gone') })
    log.beforeAppend = () => undefined
    await expect(registry.register(draft('a', '"int"'), options)).resolves.toMatchObject({ id: 1 })
    expect(log.readToEndCount).toBe(2)
  })

  test('nobody knows: 50002; asked again it is found to be there', async () => {
    const { registry, log } = await testRegistry()
    log.beforeAppend = () => {
      throw new SchemasLogError('no answer', { isUnknown: true })
    }
    await expect(registry.register(draft('a', '"int"'), options)).rejects.toMatchObject({ code: 50002 })
    log.readToEnd = async () => log.put(record('a', 1, 1, '"int"'))
    log.beforeAppend = () => {
      throw new Error('nothing has to be written')
    }
    await expect(registry.register(draft('a', '"int"'), options)).resolves.toMatchObject({ id: 1, version: 1 })
  })

  test('somebody else took the id meanwhile: it is decided again', async () => {
    const { registry, log } = await testRegistry()
    let isFirst = true
    log.beforeAppend = () => {
      if (isFirst) log.put(record('other', 1, 1, '"long"'))
      isFirst = false
    }
    await expect(registry.register(draft('a', '"int"'), options)).resolves.toMatchObject({ id: 2, version: 1 })
    expect(log.readToEndCount).toBe(2)
  })

  test('and gives up when that does not end', async () => {
    const { registry, log } = await testRegistry({ limits: { registrationTriesMax: 3 } })
    let id = 0
    log.beforeAppend = () => log.put(record(`other-${++id}`, 1, id, `{"type":"fixed","name":"F","size":${id}}`))
    await expect(registry.register(draft('a', '"int"'), options)).rejects.toMatchObject({ code: 50001 })
    expect(id).toBe(3)
  })
})
