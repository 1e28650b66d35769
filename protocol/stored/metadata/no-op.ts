// NoOpRecord: a record of __cluster_metadata-0.

import { message } from '../../wire/schema.ts'

export const noOpRecord = message({ key: 20, name: 'NoOpRecord', versions: [0, 0], flexible: 0, fields: {} })
