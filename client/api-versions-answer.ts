// A broker that does not know the version of an ApiVersions request answers in version 0, with error 35 and what it does know:
// the client cannot know before what the broker speaks. Source: KIP-511.

import { errors } from '../protocol/errors.ts'
import { apiVersions } from '../protocol/messages/api-versions.ts'
import type { Reader } from '../protocol/wire/reader.ts'
import type { Api } from '../protocol/wire/schema.ts'

/** Whether the body at the reader is of version 0, whatever was asked for. The reader stays where it is. */
export function isOldApiVersionsAnswer(api: Api, reader: Reader): boolean {
  if (api.key !== apiVersions.key) return false
  const start = reader.position
  const errorCode = reader.int16()
  reader.position = start
  return errorCode === errors.UNSUPPORTED_VERSION.code
}
