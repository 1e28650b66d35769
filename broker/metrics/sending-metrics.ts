// How answers leave the process: by sendmsg and sendfile, and what kept them. Asked for apart from the broker's own metrics,
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
  ]
}
