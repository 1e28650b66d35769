// Chance of the machine: identifiers and secrets from the operating system, jitter from V8's generator.

import { randomBytes } from 'node:crypto'
import type { Random } from './random.ts'

/** `bytes` is fit for secrets; `next` and `int` are for jitter and choice only. */
export function realRandom(): Random {
  return {
    next: Math.random,
    int: below => Math.floor(Math.random() * below),
    bytes: count => randomBytes(count),
  }
}
