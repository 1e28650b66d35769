import { describe, expect, test } from 'vitest'
import { errors } from '../../protocol/errors.ts'
import { CoordinatorCache, coordinatorIn, findCoordinatorBody } from './coordinators.ts'

const found = { nodeId: 2, host: 'b2', port: 9092, errorCode: 0, errorMessage: null }
const top = { throttleTimeMs: 0, ...found, coordinators: [] }

describe('coordinators', () => {
  test('are asked for by one key, or by an array of them from version 4 on', () => {
    expect(findCoordinatorBody('group', 'g')(3)).toEqual({ keyType: 0, key: 'g' })
    expect(findCoordinatorBody('transaction', 't')(4)).toEqual({ keyType: 1, coordinatorKeys: ['t'] })
  })

  test('stand in the answer itself, or in its array', () => {
    const node = { nodeId: 2, host: 'b2', port: 9092, rack: null }
    expect(coordinatorIn(top, 'group', 'g')).toEqual(node)
    const none = { nodeId: -1, host: '', port: -1 }
    expect(coordinatorIn({ ...top, ...none, coordinators: [{ key: 'g', ...found }] }, 'group', 'g')).toEqual(node)
  })

  test('an error is told with its place and the broker’s words', () => {
    const refused = { ...top, errorCode: errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED.code, errorMessage: 'not yours' }
    const read = () => coordinatorIn(refused, 'transaction', 't')
    expect(read).toThrow(expect.objectContaining({ transactionalId: 't', retriable: false }))
    expect(read).toThrow(/^TRANSACTIONAL_ID_AUTHORIZATION_FAILED: .*\(not yours\) for transactional id t/)
  })

  test('none, though there is no error, may be there later', () => {
    const read = () => coordinatorIn({ ...top, nodeId: -1, host: '' }, 'group', 'g')
    expect(read).toThrow(expect.objectContaining({ code: 'COORDINATOR_NOT_AVAILABLE', retriable: true, group: 'g' }))
  })

  test('are kept by kind and key', () => {
    const cache = new CoordinatorCache()
    const node = coordinatorIn(top, 'group', 'g')
    cache.set('group', 'x', node)
    expect([cache.get('group', 'x'), cache.get('transaction', 'x')]).toEqual([node, undefined])
    cache.forget('group', 'x')
    expect(cache.get('group', 'x')).toBeUndefined()
  })
})
