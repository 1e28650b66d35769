// Debian packages, installed only where we are root and there is apt-get; otherwise the message says what to type.
import { run, works } from '../process.mjs'

let queue = Promise.resolve() // dpkg takes one at a time

export function installed(name) {
  queue = queue.then(
    () => install(name),
    () => install(name),
  )
  return queue
}

async function install(name) {
  if (process.getuid?.() !== 0 || !(await works('apt-get', '--version')))
    throw new Error(`no \`${name}\`: apt-get install ${name}`)
  const options = { timeoutMs: 180_000, env: { DEBIAN_FRONTEND: 'noninteractive' } }
  const first = await run('apt-get', ['install', '-y', name], { ...options, anyStatus: true })
  if (first.status === 0) return
  await run('apt-get', ['update'], options) // the lists of packages may be missing or old
  await run('apt-get', ['install', '-y', name], options)
}
