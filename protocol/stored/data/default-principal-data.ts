// DefaultPrincipalData.

import { bool, string } from '../../wire/field.ts'
import { message } from '../../wire/schema.ts'

export const defaultPrincipalData = message({
  name: 'DefaultPrincipalData',
  versions: [0, 0],
  flexible: 0,
  fields: { type: string, name: string, tokenAuthenticated: bool },
})
