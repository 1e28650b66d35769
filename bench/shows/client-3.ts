// Our client beside other people's on one broker. The reduced form shows that every client does every work and that all records were
// counted, at the broker or by the reader; the full one judges what performance.md promises.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { askClients } from '../clients/ask.ts'
import { peerPrograms, type RunJob } from '../clients/peer-programs.ts'
import { clientQuestions } from '../clients/questions.ts'
import { Scale } from '../comparison/question.ts'
import { judge, type Row } from '../comparison/row.ts'
import { shown, shownTarget } from '../comparison/table.ts'
import type { Show } from './show.ts'

function missed(row: Row): string[] {
  const { met, ratio } = judge(row)
  if (met !== false) return []
  return [`${row.name}: ${shown(ratio!.median)} x ${row.peerName}, promised ${shownTarget(row)}`]
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
    const folder = mkdtempSync(join(tmpdir(), 'millrace-clients-'))
    const counted = { passes: 0, clients: new Set<string>() }
    const onPass = (_: unknown, { program }: { program: string }) => {
      counted.passes++
      counted.clients.add(program)
    }
    try {
      const options = { broker: 'millrace', rounds: reduced ? 1 : 3, scale: new Scale(reduced), folder, run, onPass } as const // biome-ignore format: one thought
      const rows: Row[] = []
      for (const question of clientQuestions) rows.push(...(await askClients(question, options)).rows)
      const wrong = reduced ? [] : rows.flatMap(missed)
      const promised = rows.filter(({ target }) => target !== undefined).length
      const judged = reduced
        ? 'small loads, targets not judged'
        : `${promised - wrong.length} of ${promised} targets met`
      const figure = `${counted.clients.size} clients, ${counted.passes} passes, all records counted; ${judged}`
      return { pass: wrong.length === 0 && counted.clients.size === 5, figure: [figure, ...wrong].join('\n') }
    } catch (error) {
      return { pass: false, figure: (error as Error).message }
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
}
