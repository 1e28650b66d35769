// Our version, as package.json says it.

import { readFileSync } from 'node:fs'
import { repositoryPath } from '../testing/repository-path.ts'

/** For example 0.1.0. */
export function version(): string {
  return (JSON.parse(readFileSync(repositoryPath('package.json'), 'utf8')) as { version: string }).version
}
