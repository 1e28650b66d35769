// Native libraries that come as prebuilt binaries. Where the platform has no binary the module fails to load, and the caller
// goes on with its own implementation in JavaScript: slower, same bytes.

import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

/** The module, or undefined where it cannot be loaded on this platform. */
export function nativeModule<Module>(name: string): Module | undefined {
  try {
    return require(name) as Module
  } catch {
    return undefined
  }
}
