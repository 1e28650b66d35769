// Every question about clients, in the order in which `all` asks them. Targets: performance.md, "own client".

import type { ClientQuestion } from './client-work.ts'
import { consumeWork, latencyWork, memoryWork, produceWork } from './works.ts'

const produce: ClientQuestion = {
  name: 'client-produce',
  says: 'clients produce 100 B and 1 KB records: acks=1, one partition, batches of 128 KiB',
  works: [
    produceWork(
      { name: 'produce 100 B', recordBytes: 100, targets: { cpu: 1 / 3, wallOfJava: 1 } },
      { fast: [3_000_000, 50_000], slow: [500_000, 20_000] },
      { fast: [1_000_000, 10_000], slow: [100_000, 5000] },
    ),
    produceWork(
      { name: 'produce 1 KB', recordBytes: 1000, targets: { cpu: 1, wall: 1 } },
      { fast: [600_000, 20_000], slow: [200_000, 10_000] },
      { fast: [200_000, 5000], slow: [50_000, 2000] },
    ),
  ],
}

const consume: ClientQuestion = {
  name: 'client-consume',
  says: 'clients read 100 B and 1 KB records out of the page cache: one partition, checksums where the client has them',
  works: [
    consumeWork(
      { name: 'consume 100 B', recordBytes: 100, targets: { cpu: 1 / 5 } },
      [1_000_000, 30_000],
      [200_000, 5000],
    ),
    consumeWork(
      { name: 'consume 1 KB', recordBytes: 1000, targets: { cpu: 1 / 2 } },
      [300_000, 10_000],
      [100_000, 2000],
    ),
  ],
}

const latency: ClientQuestion = {
  name: 'client-latency',
  says: 'clients send one record of 100 B after the other, each awaited: no linger, acks=1',
  works: [latencyWork([5000, 300], [1000, 100])],
}

const memory: ClientQuestion = {
  name: 'client-memory',
  says: 'clients are idle: 1 and 20 consumers in a process, each in a group of its own',
  works: [memoryWork([1, 20])],
}

export const clientQuestions: readonly ClientQuestion[] = [produce, consume, latency, memory]
