// The conversations themselves, with our registry on both sides: it agrees with itself, and with nobody who answers otherwise.

import { describe, expect, test } from 'vitest'
import { testRegistry } from '../../schema-registry/testing/test-registry.ts'
import type { Ask } from './conversation.ts'
import { bodyDifferences } from './difference.ts'
import { conversationRun } from './differential.ts'
import { allScenarios } from './scenarios/index.ts'
import { get, register } from './step.ts'

const scenarios = allScenarios(1, 5)

async function ourAsk(): Promise<Ask> {
  const registry = await testRegistry()
  return async ({ method, path, text, contentType }) => {
    const headers: Record<string, string> = text === undefined ? {} : { 'content-type': contentType }
    const { status, headers: told, text: answered } = await registry.ask(method, path, text, headers)
    return { status, contentType: String(told['content-type'] ?? ''), text: answered }
  }
}

/** As another registry that answers one thing otherwise. */
const altered =
  (ask: Ask, alter: (text: string) => string): Ask =>
  async request => {
    const answer = await ask(request)
    return { ...answer, text: alter(answer.text) }
  }

describe('the same conversations with two registries', () => {
  test('two of ours agree', async () => {
    const tally = await conversationRun({ ours: await ourAsk(), theirs: await ourAsk() }, scenarios)
    expect(tally).toMatchObject({ faults: [], skipped: 0, alike: tally.requests })
    expect(tally.requests).toBeGreaterThan(300)
  })

  test('another code of an error is a fault, with its place', async () => {
    const theirs = altered(await ourAsk(), text => text.replace('40402', '40499'))
    const tally = await conversationRun({ ours: await ourAsk(), theirs }, scenarios)
    expect(tally.faults).toContain(
      "several versions, step 7: GET /subjects/several-value/versions/3: status: ours 404 40402, Apicurio's 404 40499",
    )
  })

  test('a scenario ends where one refuses what the other did', async () => {
    const ours = await ourAsk()
    const theirs: Ask = async request =>
      request.method === 'POST' ? { status: 500, contentType: '', text: '' } : ours(request)
    const scenario = { name: 'refused', steps: [register('s', '"int"', 'id'), get('/subjects/s/versions')] }
    expect(await conversationRun({ ours, theirs }, [scenario])).toMatchObject({ requests: 1, skipped: 1 })
  })

  test('ids may differ between registries, which of them is meant may not', async () => {
    const theirs = altered(await ourAsk(), text =>
      text.replaceAll(/"id":(\d+)/g, (_, id) => `"id":${Number(id) + 500}`),
    )
    const steps = [register('s', '"int"', 'one'), register('t', '"int"', 'same'), register('u', '"long"', 'two')]
    const scenario = { name: 'ids', steps }
    expect(await conversationRun({ ours: await ourAsk(), theirs }, [scenario])).toMatchObject({ faults: [], alike: 3 })
    const mixed = altered(await ourAsk(), text => text.replaceAll(/"id":\d+/g, '"id":7'))
    const tally = await conversationRun({ ours: await ourAsk(), theirs: mixed }, [scenario])
    expect(tally.faults).toEqual(['ids, step 3: POST /subjects/u/versions: body.id: ours "#two", Apicurio\'s "#one"'])
  })
})

test('a difference in a body is told with its place', () => {
  expect(bodyDifferences({ a: [{ b: 1 }, 2], c: null }, { a: [{ b: 2 }, 2] })).toEqual([
    { aspect: 'body.a[0].b', ours: '1', theirs: '2' },
    { aspect: 'body.c', ours: 'null', theirs: 'absent' },
  ])
  expect(bodyDifferences([1], [1, 2])).toEqual([{ aspect: 'body', ours: '[1]', theirs: '[1,2]' }])
})
