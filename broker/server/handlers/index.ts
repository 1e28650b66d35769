// THE table of handlers: what is not in it is not spoken. It also answers ApiVersions. One line per API, by key.

import type { Handler } from '../handler.ts'

export const handlers: readonly Handler[] = []
