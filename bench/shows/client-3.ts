// Our client beside other people's on one broker. The reduced form shows that every client does every work and that all records were
// counted, at the broker or by the reader; the full one judges what performance.md promises.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { askClients } from '../clients/ask.ts'
import { peerPrograms, type RunJob } from '../clients/peer-programs.ts'
import { clientQuestions } from '../clients/questions.ts'
import { writeClientResult } from '../clients/write-client-result.ts'
import { Scale } from '../comparison/question.ts'
import { ReadyMemory } from '../comparison/ready-memory.ts'
import { judge, type Row } from '../comparison/row.ts'
import { shown, shownTarget } from '../comparison/table.ts'
import type { Show } from './show.ts'

/** `consume 1 KB 0.376 x kafkajs 2.2.4 (<= 0.5 x, met)`. */
function describe(row: Row): string {
  const { met, ratio } = judge(row)
  return `${row.name} ${shown(ratio!.median)} x ${row.peerName} (${shownTarget(row)}, ${met === false ? 'MISSED' : 'met'})`
}

/** What was promised, and how many of it is missed. */
function judged(rows: readonly Row[]): { readonly lines: string[]; readonly missedCount: number } {
  const promised = rows.filter(({ target }) => target !== undefined)
  const missedCount = promised.filter(row => judge(row).met === false).length
  const met = `${promised.length - missedCount} of ${promised.length} targets met`
  return { lines: [met, ...promised.map(describe)], missedCount }
}

export const client3: Show = {
  id: 'client.3',
  title: 'kafkajs, node-rdkafka, @platformatic/kafka, Java’s client and ours on one broker: CPU, rate, latency, memory',
  async run({ reduced }) {
    let run: RunJob
    try {
      run = await peerPrograms()
    } catch (error) {
      return { pass: false, figure: `the other clients are needed: ${(error as Error).message}` }
    }
    const memory = reduced ? undefined : ReadyMemory.open()
    const folder = mkdtempSync(join(tmpdir(), 'millrace-clients-'))
    const counted = { passes: 0, clients: new Set<string>() }
    const onPass = (_: unknown, { program }: { program: string }) => {
      counted.passes++
      counted.clients.add(program)
    }
    try {
      const options = { broker: 'millrace', rounds: reduced ? 1 : 3, scale: new Scale(reduced), folder, run, memory, onPass } as const // biome-ignore format: one thought
      const rows: Row[] = []
      for (const question of clientQuestions) {
        const result = await askClients(question, options)
        if (!reduced) writeClientResult(result)
        rows.push(...result.rows)
      }
      const { lines, missedCount } = reduced
        ? { lines: ['small loads, targets not judged'], missedCount: 0 }
        : judged(rows)
      const [first, ...others] = lines
      const figure = `${counted.clients.size} clients, ${counted.passes} passes, all records counted; ${first}`
      return { pass: missedCount === 0 && counted.clients.size === 5, figure: [figure, ...others].join('\n  ') }
    } catch (error) {
      return { pass: false, figure: (error as Error).message }
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
}
