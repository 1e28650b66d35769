// DescribeClientQuotas: API key 48, versions 0 to 1.

import { array, bool, float64, int8, int16, int32, nullable, string } from '../wire/field.ts'
import { api } from '../wire/schema.ts'

export const describeClientQuotas = api({
  key: 48,
  name: 'DescribeClientQuotas',
  versions: [0, 1],
  flexible: 1,
  request: { components: array({ entityType: string, matchType: int8, match: nullable(string) }), strict: bool },
  response: {
    throttleTimeMs: int32,
    errorCode: int16,
    errorMessage: nullable(string),
    entries: nullable(
      array({
        entity: array({ entityType: string, entityName: nullable(string) }),
        values: array({ key: string, value: float64 }),
      }),
    ),
  },
})
