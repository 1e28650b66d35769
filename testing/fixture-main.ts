// `npm run fixture`: writes the directory fixtures of this version, once. An earlier version's are never written again: they
// are what that version left to its users.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { endings, fixtureFolder } from './fixture/directory-fixture.ts'
import { writeDirectory } from './fixture/write-directory.ts'
import { repositoryPath } from './repository-path.ts'

const { version } = JSON.parse(readFileSync(repositoryPath('package.json'), 'utf8')) as { version: string }
const folder = repositoryPath(`${fixtureFolder}/${version}`)

if (existsSync(folder)) {
  console.error(`${folder} is there already. Only while ${version} is not released may it be removed and written anew.`)
  process.exitCode = 1
} else {
  mkdirSync(folder, { recursive: true })
  for (const ending of endings) {
    const { files, served } = await writeDirectory(ending)
    const lines = [...files].map(([path, content]) => JSON.stringify({ path, base64: content.toString('base64') }))
    const archive = gzipSync(`${lines.join('\n')}\n`, { level: 9 })
    writeFileSync(`${folder}/${ending}.jsonl.gz`, archive)
    writeFileSync(`${folder}/${ending}.json`, `${JSON.stringify(served, null, 2)}\n`)
    console.log(`${fixtureFolder}/${version}/${ending}: ${files.size} files, ${archive.length} bytes`)
  }
}
