// As Confluent's ContextFilter makes them, but for slashes at the end.

import { expect, test } from 'vitest'
import { withoutContextPath } from './context-path.ts'

test.each([
  ['/subjects', '/subjects'],
  ['/contexts', '/contexts'],
  ['/contexts/', '/contexts'],
  ['/contexts/.test/subjects', '/subjects?subjectPrefix=%3A.test%3A'],
  ['/contexts/test/subjects', '/subjects?subjectPrefix=%3A.test%3A'],
  ['/contexts/:.test:/subjects', '/subjects?subjectPrefix=%3A.test%3A'],
  ['/contexts/.test/subjects?subjectPrefix=a&limit=2', '/subjects?subjectPrefix=%3A.test%3Aa&limit=2'],
  ['/contexts/.test/subjects?subjectPrefix=:.other:a', '/subjects?subjectPrefix=:.other:a'],
  ['/contexts/.test/subjects/s/versions', '/subjects/:.test:s/versions'],
  ['/contexts/.test/subjects/:.other:s/versions', '/subjects/:.other:s/versions'],
  ['/contexts/.test/subjects/%3A.other%3As', '/subjects/%3A.other%3As'],
  ['/contexts/.test/subjects/subjects/versions', '/subjects/:.test:subjects/versions'],
  ['/contexts/.test/subjects/a%2Fb', '/subjects/:.test:a%2Fb'],
  ['/contexts/.test/compatibility/subjects/s/versions/1', '/compatibility/subjects/:.test:s/versions/1'],
  ['/contexts/.test/config', '/config/:.test:'],
  ['/contexts/.test/config/s', '/config/:.test:s'],
  ['/contexts/.test/mode?force=true', '/mode/:.test:?force=true'],
  ['/contexts/.test/schemas/ids/1', '/schemas/ids/1?subject=%3A.test%3A'],
  ['/contexts/.test/schemas/ids/1/subjects?subject=s', '/schemas/ids/1/subjects?subject=%3A.test%3As'],
  ['/contexts/.test/schemas/types', '/schemas/types'],
  ['/contexts/.test/schemas', '/schemas?subjectPrefix=%3A.test%3A'],
  ['/contexts/.test', '/contexts/:.test:'],
  ['/contexts/.test/contexts', '/contexts'],
  ['/contexts/./subjects/s', '/subjects/s'],
  ['/contexts/:.:/config', '/config'],
  ['/contexts/.a%20b/subjects/s', '/subjects/:.a%20b:s'],
  ['/contexts/a:b/subjects', undefined],
])('%s is %s', (url, meant) => {
  const normal = (path: string | undefined) => path?.replace(/\?.*/, query => `?${new URLSearchParams(query.slice(1))}`)
  expect(normal(withoutContextPath(url))).toBe(normal(meant))
})
