import { expect, test } from 'vitest'
import { ManualClock } from '../../io/sim/clock.ts'
import { type Fetch, ForwardError, Forwarder, type ForwarderOptions, type WriteRequest } from './forwarder.ts'

const leadership = { isLeader: false, leaderUrl: undefined as string | undefined }
const request: WriteRequest = {
  method: 'POST',
  path: '/subjects/a/versions?normalize=true',
  headers: { 'content-type': 'application/json', authorization: 'Basic eA==', cookie: 'no', 'x-request-id': '7' },
  body: '{"schema":"1"}',
}
const answer = { statusCode: 409, contentType: 'application/json', body: Buffer.from('{}') }

function forwarding(changes: Partial<ForwarderOptions> = {}) {
  const clock = new ManualClock()
  const asked: Parameters<Fetch>[] = []
  const fetch: Fetch = async (...args) => {
    asked.push(args)
    return answer
  }
  const leader = { ...leadership }
  const forwarder = new Forwarder({ leadership: leader, clock, fetch, ...changes })
  const outcome = (work: Promise<unknown>) => {
    const seen: { value?: unknown } = {}
    work.then(
      value => (seen.value = value),
      (error: unknown) => (seen.value = error),
    )
    return seen
  }
  return { clock, asked, forwarder, leader, outcome }
}

const refused = Object.assign(new TypeError('fetch failed'), {
  cause: Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }),
})
const broken = Object.assign(new TypeError('fetch failed'), {
  cause: Object.assign(new Error('reset'), { code: 'ECONNRESET' }),
})

test('the leader is asked what this instance was asked, and its answer is the answer', async () => {
  const { asked, forwarder, leader } = forwarding()
  leader.leaderUrl = 'http://b:8081'
  expect(await forwarder.forward(request)).toBe(answer)
  const [[url, sent]] = asked as [Parameters<Fetch>]
  expect(url).toBe('http://b:8081/subjects/a/versions?normalize=true')
  expect([sent.method, sent.body]).toEqual(['POST', request.body])
  expect(sent.headers).toEqual({
    'content-type': 'application/json',
    authorization: 'Basic eA==',
    'x-request-id': '7',
    'x-forward': 'true',
  })
})

test('who leads does it here', async () => {
  const { asked, forwarder, leader } = forwarding()
  leader.isLeader = true
  expect(await forwarder.forward(request)).toBe('here')
  expect(asked).toEqual([])
})

test('a write waits for a leader, and is told after a while that there is none', async () => {
  const { clock, forwarder, leader, outcome } = forwarding({ leaderWaitMs: 5000 })
  const first = outcome(forwarder.forward(request))
  await clock.run(4000)
  expect(first.value).toBeUndefined()
  leader.isLeader = true
  forwarder.leadershipChanged()
  await clock.run()
  expect(first.value).toBe('here')
  leader.isLeader = false
  const second = outcome(forwarder.forward(request))
  await clock.run(5000)
  expect(second.value).toBeInstanceOf(ForwardError)
  expect((second.value as ForwardError).kind).toBe('no leader')
  expect(clock.pending).toBe(0)
})

test('a leader that refuses connections has done nothing: the next one is asked', async () => {
  const urls: string[] = []
  const fetch: Fetch = async url => {
    urls.push(url)
    if (url.startsWith('http://b')) throw refused
    return answer
  }
  const { clock, forwarder, leader, outcome } = forwarding({ fetch })
  leader.leaderUrl = 'http://b:8081'
  const seen = outcome(forwarder.forward(request))
  await clock.run(600)
  leader.leaderUrl = 'http://c:8081'
  forwarder.leadershipChanged()
  await clock.run()
  expect(seen.value).toBe(answer)
  expect(urls.length).toBe(4)
})

test('a leader that breaks off may have written: that is answered, and nobody else is asked', async () => {
  const { clock, forwarder, leader, outcome } = forwarding({ fetch: async () => Promise.reject(broken) })
  leader.leaderUrl = 'http://b:8081'
  const seen = outcome(forwarder.forward(request))
  await clock.run(1000)
  expect((seen.value as ForwardError).kind).toBe('leader failed')
  expect((seen.value as ForwardError).message).toContain('fetch failed: reset')
})

test('a leader that does not answer is given up after answerTimeoutMs', async () => {
  const fetch: Fetch = (_url, { signal }) =>
    new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  const { clock, forwarder, leader, outcome } = forwarding({ fetch, answerTimeoutMs: 7000 })
  leader.leaderUrl = 'http://b:8081'
  const seen = outcome(forwarder.forward(request))
  await clock.run(6999)
  expect(seen.value).toBeUndefined()
  await clock.run(1)
  expect((seen.value as ForwardError).message).toContain('no answer within 7 s')
})

test('what another instance has forwarded goes no further', async () => {
  const { asked, clock, forwarder, leader, outcome } = forwarding({ leaderWaitMs: 5000 })
  leader.leaderUrl = 'http://b:8081'
  const seen = outcome(forwarder.forward({ ...request, headers: { 'x-forward': 'true' } }))
  await clock.run(5000)
  expect((seen.value as ForwardError).kind).toBe('no leader')
  expect(asked).toEqual([])
})

test('when as many wait as may, one more is told at once', async () => {
  const { clock, forwarder, outcome } = forwarding({ waitingMax: 2 })
  const seen = [1, 2, 3].map(() => outcome(forwarder.forward(request)))
  await clock.run()
  expect(seen.map(({ value }) => (value as ForwardError | undefined)?.kind)).toEqual([
    undefined,
    undefined,
    'no leader',
  ])
})
