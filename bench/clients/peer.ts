// The clients that are put side by side: other people's as they are installed, and ours, which has more than one way to be used.

export interface Peer {
  /** As tables have it. */
  readonly name: string
  readonly program: 'kafkajs' | 'rdkafka' | 'platformatic' | 'java' | 'millrace'
  /** Of ours: the way it is used, by what the program is told. */
  readonly way?: Readonly<Record<string, boolean>>
  /** Of ours: what stands behind the work's name in the table, and whether the promises hold for it. The plain way has neither. */
  readonly wayName?: string
  readonly isPromised?: boolean
  /** Does so much more than the others in the same time that it is given more to do: CPU is by record. */
  readonly isFast: boolean
}

export const kafkajs: Peer = { name: 'kafkajs 2.2.4', program: 'kafkajs', isFast: false }
export const rdkafka: Peer = { name: 'node-rdkafka 3.6.1', program: 'rdkafka', isFast: false }
export const platformatic: Peer = { name: '@platformatic/kafka 1.35.0', program: 'platformatic', isFast: false }
export const java: Peer = { name: 'Java client 4.3.0', program: 'java', isFast: true }
export const millrace: Peer = { name: 'Millrace', program: 'millrace', isFast: true }

export const others: readonly Peer[] = [kafkajs, rdkafka, platformatic, java]

/** Other ways than the plain one. A row of a table says of each how it is beside the best of the others. */
const ourWay = (wayName: string, way: Readonly<Record<string, boolean>>) => ({ ...millrace, name: `Millrace, ${wayName}`, wayName, way }) // biome-ignore format: one thought
export const awaitingEach: Peer = { ...ourWay('a promise each', { eachAwaited: true }), isFast: false }
export const reusingMemory: Peer = { ...ourWay('reusesMemory', { reusesMemory: true }), isPromised: true }
export const makingBuffers: Peer = { ...ourWay('a Buffer each', { makesBuffers: true }), isPromised: true }

export const isOurs = ({ program }: Peer) => program === 'millrace'

/** Those that a JavaScript program can choose; node-rdkafka is one of them, though it is C inside. */
export const isForJavaScript = (peer: Peer) => !isOurs(peer) && peer !== java
