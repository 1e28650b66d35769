// The command as few files: opening some 300 modules one by one is most of what a start would cost. Sub-commands stay
// apart (dynamic imports become chunks). What brings native code, and what a quiet start never loads, stays outside.
import { join } from 'node:path'
import { rolldown } from 'rolldown'
import { root } from './installed.mjs'

const outside = ['@node-rs/crc32', 'lz4-napi', 'snappy', 'pino', '@foxglove/wasm-zstd', 'prom-client']

const bundle = await rolldown({
  input: {
    millrace: join(root, 'dist/cli/main.js'),
    // What worker threads run is looked for beside what asks for it (tidy.test.ts: all of it is here).
    'recompress-task': join(root, 'dist/broker/log/recompress-task.js'),
    'index-task': join(root, 'dist/broker/log/cleaner/index-task.js'),
    'mark-task': join(root, 'dist/broker/log/cleaner/mark-task.js'),
    'filter-task': join(root, 'dist/broker/log/cleaner/filter-task.js'),
  },
  platform: 'node',
  external: id => outside.includes(id) || id.startsWith('node:'),
  checks: { pluginTimings: false },
})
await bundle.write({ dir: join(root, 'dist/bundle'), format: 'esm', chunkFileNames: '[name].js', comments: false })
await bundle.close()
