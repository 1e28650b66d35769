// confluent-kafka from PyPI.
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { virtualEnvironment } from './virtual-environment.mjs'

const sources = join(dirname(dirname(fileURLToPath(import.meta.url))), 'clients', 'python')

export async function setupPython() {
  const command = await virtualEnvironment('python', join(sources, 'requirements.txt'), '3.8')
  return { program: { command, args: [join(sources, 'main.py')] } }
}
