// Behaviour as a text: requests, what was answered, and which records were written. The file holds all of it; `vitest -u` writes it anew,
// and who changes behaviour reads the difference.
//
//     POST /subjects/orders/versions {"schema": "\"string\""}
//       200 {"id":1,…}
//       + {"keytype":"SCHEMA",…} {"subject":"orders",…}

import { type Answer, testRegistry } from './test-registry.ts'

/** One request of a transcript, with what was answered. */
export interface Exchange {
  readonly method: string
  readonly url: string
  readonly answer: Answer
}

/** The text with its requests asked again, one after the other, of an empty registry. @param seen told of each exchange */
export async function replayTranscript(text: string, seen: (exchange: Exchange) => void = () => {}): Promise<string> {
  const registry = await testRegistry()
  const kept = text.split('\n').filter(line => !line.startsWith('  '))
  const replayed: string[] = []
  for (const line of kept) {
    replayed.push(line)
    const request = /^(GET|POST|PUT|DELETE|PATCH) (\S+)(?: (.+))?$/.exec(line)
    if (!request) continue
    const known = registry.log.records.length
    const answer = await registry.ask(request[1]!, request[2]!, request[3])
    seen({ method: request[1]!, url: request[2]!, answer })
    replayed.push(`  ${answer.status} ${answer.text}`)
    for (const { key, value } of registry.log.records.slice(known))
      replayed.push(`  + ${key} ${value ?? '(tombstone)'}`)
  }
  await registry.app.close()
  return replayed.join('\n')
}
