// UpdateFeatures: API key 57, versions 0 to 2.

import { array, bool, int8, int16, int32, nullable, string } from '../wire/field.ts'
import { api } from '../wire/schema.ts'

export const updateFeatures = api({
  key: 57,
  name: 'UpdateFeatures',
  versions: [0, 2],
  flexible: 0,
  request: {
    timeoutMs: int32.default(60000),
    featureUpdates: array({
      feature: string,
      maxVersionLevel: int16,
      allowDowngrade: bool.until(0),
      upgradeType: int8.since(1).default(1),
    }),
    validateOnly: bool.since(1),
  },
  response: {
    throttleTimeMs: int32,
    errorCode: int16,
    errorMessage: nullable(string),
    results: array({ feature: string, errorCode: int16, errorMessage: nullable(string) })
      .until(1)
      .ignorable(),
  },
})
