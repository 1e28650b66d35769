// Reads what Kafka 4.3.0 said, from the files beside this one. For tests only.

import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

const read = (name: string): string =>
  gunzipSync(readFileSync(new URL(`./${name}.gz`, import.meta.url))).toString('utf8')

export const testJson = <T>(name: string): T => JSON.parse(read(name)) as T

export const testLines = <T>(name: string): T[] =>
  read(name)
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as T)
