// The one place where simulated time meets the real event loop: letting the promises that are ready run to their end.

/** Resolves when no microtask is left: what was waiting for a promise that has been settled has run on. */
export function microtasksDrained(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}
