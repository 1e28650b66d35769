// Who wants to know that an AbortSignal was raised. A signal is listened to once however many calls it was given to: Node warns
// of a leak when one has more than ten listeners, and a hundred sends with one signal are no leak.

const watched = new WeakMap<AbortSignal, Set<() => void>>()

/** Calls `fn` once when the signal is raised, which it must not be yet. Answers how to stop that. */
export function whenAborted(signal: AbortSignal, fn: () => void): () => void {
  const waiting = watched.get(signal) ?? watch(signal)
  // An entry of its own: the same function may wait twice.
  const entry = () => fn()
  waiting.add(entry)
  return () => waiting.delete(entry)
}

function watch(signal: AbortSignal): Set<() => void> {
  const waiting = new Set<() => void>()
  watched.set(signal, waiting)
  const tellAll = () => {
    for (const entry of waiting) {
      waiting.delete(entry)
      entry()
    }
  }
  signal.addEventListener('abort', tellAll, { once: true })
  return waiting
}
