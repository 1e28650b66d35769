// When schema files change: one event for all that changes together, until the signal is raised.

import { type FSWatcher, watch } from 'node:fs'

/** An editor writes a file in several steps; a checkout writes many files. */
const settleMs = 100

/** `paths`: files, and folders with all in them. */
export async function* changesOf(paths: readonly string[], signal: AbortSignal): AsyncGenerator<void> {
  let isChanged = false
  let wake = () => {}
  let timer: NodeJS.Timeout | undefined
  const onChange = (_: string, name: string | null) => {
    if (name !== null && !name.endsWith('.avsc')) return
    clearTimeout(timer)
    timer = setTimeout(() => {
      isChanged = true
      wake()
    }, settleMs)
  }
  const watchers: FSWatcher[] = paths.map(path => watch(path, { recursive: true }, onChange))
  signal.addEventListener('abort', () => wake(), { once: true })
  try {
    while (!signal.aborted) {
      if (!isChanged) {
        await new Promise<void>(resolve => {
          wake = resolve
        })
      }
      if (signal.aborted) return
      isChanged = false
      yield
    }
  } finally {
    clearTimeout(timer)
    for (const each of watchers) each.close()
  }
}
