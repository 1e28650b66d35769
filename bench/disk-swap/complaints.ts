// What a broker printed that it should not have to print on a directory that is in order.

import type { TargetName } from './target.ts'

/** Warnings that say nothing about the directory, each with the reason. */
const expected: readonly RegExp[] = [
  // Said at every start of a controller.
  /Performing controller activation/,
  // The batches after a gap in the sequence, which the run sends to see them refused.
  /Error processing append operation on partition \S+:idempotent-\d/,
  // Said by Kafka whenever a topic that is there gets another partition.
  /Expected partition growing-\d+ .* but it was missing/,
  // Said by Kafka when the machine is so busy that heartbeats come late, and when it stops.
  /processExpiredBrokerHeartbeat: controller event queue overloaded/,
  /BrokerLifecycleManager .* received error REQUEST_TIMED_OUT/,
  /\.NetworkClient - .*(disconnected|could not be established)/,
  /Attempting to close NetworkClient that has already been closed/,
  // Said by Kafka when a record is a few milliseconds newer than its file, whose time the kernel rounds down.
  /LogFutureTimestampLogger/,
  // Said by us of features that Kafka's own directories have and we do not implement.
  /it is kept as it is and not acted upon: share\.version=1, streams\.version=1/,
]

/** Lines of level WARN and above, each with the exception that stands below it. */
export function complaintsOf(name: TargetName, output: string): string[] {
  // An exception that nobody caught is not a line of the log.
  const isComplaint = name === 'kafka' ? /\b(WARN|ERROR|FATAL)\b/ : /"level":[4-6]0|^\w*Error: /
  const lines = output.split('\n')
  return lines.flatMap((line, i) => {
    if (!isComplaint.test(line) || expected.some(known => known.test(line))) return []
    const below = lines[i + 1] ?? ''
    return [/^\S*(Exception|Error)\b/.test(below) ? `${line} ${below}` : line]
  })
}
