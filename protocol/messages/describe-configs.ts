// DescribeConfigs: API key 32, versions 1 to 4.

import { array, bool, int8, int16, int32, nullable, string } from '../wire/field.ts'
import { api } from '../wire/schema.ts'

export const describeConfigs = api({
  key: 32,
  name: 'DescribeConfigs',
  versions: [1, 4],
  flexible: 4,
  request: {
    resources: array({ resourceType: int8, resourceName: string, configurationKeys: nullable(array(string)) }),
    includeSynonyms: bool.since(1),
    includeDocumentation: bool.since(3),
  },
  response: {
    throttleTimeMs: int32,
    results: array({
      errorCode: int16,
      errorMessage: nullable(string),
      resourceType: int8,
      resourceName: string,
      configs: array({
        name: string,
        value: nullable(string),
        readOnly: bool,
        configSource: int8.since(1).default(-1).ignorable(),
        isSensitive: bool,
        synonyms: array({ name: string.since(1), value: nullable(string).since(1), source: int8.since(1) })
          .since(1)
          .ignorable(),
        configType: int8.since(3).ignorable(),
        documentation: nullable(string).since(3).ignorable(),
      }),
    }),
  },
})
