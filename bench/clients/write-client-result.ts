// What was asked about clients as a file and a picture. In the picture, too, a row says whom it is beside; without the version, which takes too
// much room.

import { plot } from '../comparison/plot.ts'
import { type BenchResult, writeResult } from '../comparison/result.ts'

/** Answers with the path of the file. */
export function writeClientResult(result: BenchResult): string {
  const rows = result.rows.map(row => ({ ...row, name: `${row.name} | ${row.peerName.split(' ')[0]}` }))
  return writeResult(result, plot(result.question, rows))
}
