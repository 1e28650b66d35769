// The map of the repository, executable: who may import whom, what may touch the world, how long things may grow.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = import.meta.dirname
const folders = ['protocol', 'io', 'client', 'broker', 'schema-registry', 'stream-processor', 'testing', 'cli', 'bench']

/** What each layer may import besides itself. The longest matching prefix of a file's path counts. */
const layers: Record<string, readonly string[]> = {
  protocol: [],
  io: [],
  client: ['protocol', 'io'],
  broker: ['protocol', 'io', 'client/connection'],
  'broker/config': ['protocol', 'io'],
  'broker/raft': ['protocol'],
  'broker/log': ['protocol', 'io', 'broker/config'],
  'broker/compat': ['protocol'],
  testing: ['protocol', 'io', 'client', 'broker', 'schema-registry'],
  'schema-registry': ['client', 'protocol', 'io'],
  cli: folders,
  bench: folders,
}

/** What only io/ may name, and what to use instead. */
const banned: Record<string, string> = {
  'Date.now(': 'clock.now()',
  'new Date()': 'clock.now()',
  'performance.now': 'clock.monotonicMs()',
  'process.hrtime': 'clock.monotonicMs()',
  'setTimeout(': 'clock.after()',
  'setInterval(': 'clock.after()',
  'setImmediate(': 'clock.soon()',
  'AbortSignal.timeout': 'clock.after()',
  'Math.random(': 'random.next()',
  randomUUID: 'random.bytes()',
  randomBytes: 'random.bytes()',
  "'node:fs": 'io/disk.ts',
  "'node:http": 'an adapter in cli/',
  "'node:perf_hooks'": 'io/loop-delay.ts',
  "'node:net'": 'io/net.ts',
  "'node:tls'": 'io/net.ts',
  "'node:dns'": 'io/net.ts',
  "'node:worker_threads'": 'io/worker.ts',
  FinalizationRegistry: 'an explicit close()',
}

/** Where the world may be touched besides io/: programs for people, and what tests stand on. */
const worldly = ['io/', 'cli/', 'bench/', 'testing/', 'broker/compat/']

/** Files longer than 500 lines, each with the reason. The list only shrinks. */
const longFiles: Record<string, string> = {}
const fileLinesMax = 500

function sources(folder: string): string[] {
  if (!existsSync(join(root, folder))) return []
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap(entry => {
    if (['node_modules', 'testdata', 'dist'].includes(entry.name)) return []
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return sources(path)
    return entry.name.endsWith('.ts') ? [path] : []
  })
}

const all = folders.flatMap(sources)
const code = all.filter(path => !path.endsWith('.test.ts'))
const text = (path: string) => readFileSync(join(root, path), 'utf8')
/** The text without comments, so that prose may name what code may not. */
const codeText = (path: string) => text(path).replace(/\/\*[\s\S]*?\*\/|(^|\s)\/\/.*$/gm, '$1')

function layerOf(path: string): string {
  const parts = dirname(path).split('/')
  for (let length = parts.length; length > 0; length--) {
    const prefix = parts.slice(0, length).join('/')
    if (prefix in layers) return prefix
  }
  throw new Error(`${path} is in no layer: name it in tidy.test.ts`)
}

const within = (path: string, folder: string) => path === `${folder}.ts` || path.startsWith(`${folder}/`)

/** The files of ours that a file imports, by their paths from the root. */
function importsOf(path: string): string[] {
  const found = codeText(path).matchAll(/(?:from|import)\s*\(?\s*'(\.{1,2}\/[^']+)'/g)
  return [...found].map(([, target]) => relative(root, join(root, dirname(path), target!)))
}

describe('layers', () => {
  test('a file imports only what its layer may', () => {
    const wrong = code.flatMap(path => {
      const layer = layerOf(path)
      const allowed = [layer, ...layers[layer]!]
      const refused = importsOf(path).filter(imported => !allowed.some(folder => within(imported, folder)))
      return refused.map(imported => `${path} (layer ${layer}) may not import ${imported}`)
    })
    expect(wrong).toEqual([])
  })

  test('what is imported exists', () => {
    const missing = all.flatMap(path => importsOf(path).filter(imported => !existsSync(join(root, imported))))
    expect(missing).toEqual([])
  })

  test('there is no utils', () => {
    expect(all.filter(path => /(^|\/)(utils?|helpers?|misc|common)(\/|\.ts$)/.test(path))).toEqual([])
  })
})

describe('the world is an argument', () => {
  test('nothing outside io/ names what only io/ may', () => {
    const pure = code.filter(path => !worldly.some(folder => path.startsWith(folder)))
    const wrong = pure.flatMap(path => {
      const content = codeText(path)
      return Object.entries(banned).flatMap(([name, instead]) =>
        content.includes(name) ? [`${path}: ${name} -> ${instead}`] : [],
      )
    })
    expect(wrong).toEqual([])
  })
})

describe('lengths', () => {
  test(`no source file has more than ${fileLinesMax} lines`, () => {
    const long = all.filter(path => text(path).split('\n').length - 1 > fileLinesMax)
    expect(long.filter(path => !(path in longFiles))).toEqual([])
    expect(
      Object.keys(longFiles).filter(path => !long.includes(path)),
      'no longer long: take it off the list',
    ).toEqual([])
  })
})

describe('the repository', () => {
  test('each top folder says what it is', () => {
    const missing = folders.filter(
      folder => existsSync(join(root, folder)) && !existsSync(join(root, folder, 'README.md')),
    )
    expect(missing).toEqual([])
  })

  test('what package.json exports exists', () => {
    const { exports = {} } = JSON.parse(text('package.json')) as {
      exports?: Record<string, string | { default: string }>
    }
    for (const target of Object.values(exports)) {
      const path = typeof target === 'string' ? target : target.default
      const source = path.replace(/^\.\/dist\/(.*)\.js$/, '$1.ts')
      expect(existsSync(join(root, source)), path).toBe(true)
    }
  })

  test('what worker threads run is in the bundle, beside what asks for it', () => {
    const tasks = code.flatMap(path => [...codeText(path).matchAll(/new URL\('\.\/(.*)\.ts', import\.meta\.url\)/g)].map(([, name]) => join(dirname(path), name!))) // biome-ignore format: one thought
    const bundle = text('scripts/bundle.mjs')
    expect(tasks.length).toBeGreaterThan(0)
    expect(tasks.filter(task => !bundle.includes(`'${basename(task)}': join(root, 'dist/${task}.js')`))).toEqual([])
  })

  test('kebab-case file names', () => {
    expect(all.filter(path => !/^[a-z0-9/-]+(\.test)?\.ts$/.test(path))).toEqual([])
  })
})
