// What the native addon does: how answers leave the process (sendmsg, sendfile, and what kept them), and what is written without a thread. Asked for apart from the broker's own metrics,
// since it is of the whole process, whose addon counts it. All zero where answers leave through JavaScript.

import type { NativeCounters } from '../../io/native/native-counters.ts'
import { counter, type Metric } from './metric.ts'

export function sendingMetrics(read: () => NativeCounters): readonly Metric[] {
  const of = (name: keyof NativeCounters, metricName: string, help: string) =>
    counter({ name: `millrace_native_${metricName}`, help }, () => read()[name])
  return [
    of('sends', 'sends_total', 'Calls of the native sender, each with all that a connection had to send in a turn.'),
    of('sendmsgBytes', 'sendmsg_bytes_total', 'Bytes that left by sendmsg: headers and small answers.'),
    of('sendfileBytes', 'sendfile_bytes_total', 'Bytes that left by sendfile, from the page cache to the socket.'),
    of('wouldBlock', 'socket_full_total', 'Sends that found the socket full and went on when it had room.'),
    of('coldRanges', 'cold_ranges_total', 'Ranges that were not in the page cache and were read by a thread first.'),
    of('blockedSends', 'blocked_sends_total', 'Calls of sendfile that took longer than 5 ms all the same.'),
    of('inlineWrites', 'inline_writes_total', 'Writes into the page cache that were made at once, without a thread.'),
    of('inlineWriteBytes', 'inline_write_bytes_total', 'Bytes of these writes.'),
    of('blockedWrites', 'blocked_writes_total', 'Those of them that waited; after one, threads write for a while.'),
  ]
}
