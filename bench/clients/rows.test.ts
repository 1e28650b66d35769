import { expect, test } from 'vitest'
import { judge } from '../comparison/row.ts'
import type { ClientWork, PeerFigures } from './client-work.ts'
import { awaitingEach, java, kafkajs, millrace, type Peer, platformatic, reusingMemory } from './peer.ts'
import { rowsOfWork, wallDetail } from './rows.ts'

const work: ClientWork = {
  name: 'produce',
  unit: 'CPU s',
  rateUnit: 'records/s',
  peers: [],
  targets: { cpu: 0.5, wall: 1, wallOfJava: 1 },
  more: [{ name: 'memory', unit: 'MB', detail: 'megabytes' }],
  pass: () => Promise.reject(new Error('nothing is run here')),
}
/** CPU of two rounds, and seconds on the clock. */
const of = (peer: Peer, cpu: readonly number[], seconds: number): PeerFigures => ({
  peer,
  figures: cpu.map(value => ({ value, rate: 1 / seconds, details: { [wallDetail]: seconds, megabytes: value * 10 } })),
})

test('the promise stands beside the best of those that JavaScript can choose, by what is promised of', () => {
  // kafkajs needs less CPU, platformatic is quicker; Java is better at both and is no choice for a JavaScript program.
  const all = [
    of(millrace, [1, 3], 4),
    of(reusingMemory, [1, 1], 4),
    of(awaitingEach, [9, 9], 4),
    of(kafkajs, [5, 4], 9),
    of(platformatic, [7, 7], 5),
    of(java, [1, 1], 3),
  ]
  const rows = rowsOfWork(work, all).map(row => {
    const { ratio, met } = judge(row)
    return `${row.name} | ${row.peerName} | ${ratio!.median.toFixed(3)} of ${row.target?.most ?? '-'}: ${met ?? '-'}`
  })
  expect(rows).toEqual([
    'produce | kafkajs 2.2.4 | 0.475 of 0.5: true',
    'produce | @platformatic/kafka 1.35.0 | 0.286 of -: -',
    'produce | Java client 4.3.0 | 2.000 of -: -',
    'produce, on the clock | @platformatic/kafka 1.35.0 | 0.800 of 1: true',
    'produce, on the clock | Java client 4.3.0 | 1.333 of 1: false',
    'memory | kafkajs 2.2.4 | 0.475 of -: -',
    'memory | @platformatic/kafka 1.35.0 | 0.286 of -: -',
    'memory | Java client 4.3.0 | 2.000 of -: -',
    'produce, reusesMemory | kafkajs 2.2.4 | 0.225 of 0.5: true',
    'produce, a promise each | kafkajs 2.2.4 | 2.025 of -: -',
  ])
})
