// A transcript holds commands and what came of them: a command on a line of its own, its outcome indented below. Comments begin
// with #. Replaying one writes the outcomes anew; a test compares the result with the file, `vitest -u` rewrites it.

/** What a transcript talks to. */
export interface Bench {
  /** Lines that come of a command. */
  run(command: string, args: readonly string[], options: ReadonlyMap<string, string>): Promise<readonly string[]>
}

/** The transcript with the outcomes that the bench gives. */
export async function replayTranscript(text: string, bench: Bench): Promise<string> {
  const lines: string[] = []
  for (const line of text.split('\n')) {
    if (line.startsWith('  ')) continue
    lines.push(line)
    if (line === '' || line.startsWith('#')) continue
    const [command, ...words] = line.split(/\s+/)
    const args = words.filter(word => !word.includes('='))
    const options = words.filter(word => word.includes('=')).map(optionOf)
    for (const outcome of await bench.run(command!, args, new Map(options))) lines.push(`  ${outcome}`)
  }
  return lines.join('\n')
}

function optionOf(word: string): [string, string] {
  const at = word.indexOf('=')
  return [word.slice(0, at), word.slice(at + 1)]
}
