// THE table of handlers: what is not in it is not spoken. It also answers ApiVersions. One line per API, by key.

import type { Handler } from '../handler.ts'

const table: readonly Handler[] = []

/** API key to handler. */
export const handlers: ReadonlyMap<number, Handler> = new Map(table.map(row => [row.api.key, row]))
