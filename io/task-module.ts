// Where the module of a task lies. A task is named by its source, `new URL('./task.ts', import.meta.url)`, but what runs
// may be what the compiler made of it, beside what it made of this file.

import type { WorkerTask } from './worker.ts'

const runsFromSources = import.meta.url.endsWith('.ts')

/** The address to import a task from. */
export function compiledModule(task: WorkerTask): string {
  return runsFromSources ? task.href : task.href.replace(/\.ts$/, '.js')
}
