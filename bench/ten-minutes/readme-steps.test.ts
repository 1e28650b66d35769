import { expect, test } from 'vitest'
import { readmeSteps } from './readme-steps.ts'

const block = (language: string, text: string) => `\`\`\`${language}\n${text}\`\`\`\n`

test('the blocks of one section, in order, with what they print', () => {
  const markdown = `# x\n## Other\n${block('sh', 'no\n')}## Path\nwords\n${block('sh', 'a\nb\n')}${block('text', 'c\n')}${block('sh', '# in a terminal of its own\nd\n')}${block('js', '// e.mjs\nf\n')}## More\n${block('sh', 'no\n')}`
  expect(readmeSteps(markdown, 'Path')).toEqual([
    { kind: 'run', script: 'a\nb\n', prints: 'c\n', fails: false },
    { kind: 'stay', script: 'd\n', prints: undefined, fails: false },
    { kind: 'file', name: 'e.mjs', text: '// e.mjs\nf\n' },
  ])
})

test('what fails', () => {
  const markdown = `## Path\n${block('sh', '# fails\na\n')}${block('text', 'b\n')}`
  expect(readmeSteps(markdown, 'Path')).toEqual([{ kind: 'run', script: 'a\n', prints: 'b\n', fails: true }])
})

test.each([
  ['no such section', '## Other\n'],
  ['a file without a name', `## Path\n${block('js', 'f()\n')}`],
  ['text after nothing that runs', `## Path\n${block('text', 'c\n')}`],
])('%s is refused', (_, markdown) => {
  expect(() => readmeSteps(markdown, 'Path')).toThrow()
})
