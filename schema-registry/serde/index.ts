// The public names of the serde, one by one: everything else may change without notice.
//   import { serde } from 'millrace/serde'

export type { LongForm } from '../avro/codec/decoder.ts'
export type {
  CompatibilityVerdict,
  RegisteredSchema,
  SchemaReference,
  StoredSchema,
  SubjectVersion,
} from '../registry-client/answers.ts'
export { RegistryClient } from '../registry-client/registry-client.ts'
export { RegistryError } from '../registry-client/registry-error.ts'
export type { Fetch, RegistryAuth, RegistryOptions } from '../registry-client/registry-options.ts'
export { InvalidSchemaError } from '../types/invalid-schema-error.ts'
export {
  type DecodedRecord,
  DecodeError,
  type DecodeOptions,
  decodedRecords,
  type ErrorPolicy,
} from './decoded-records.ts'
export type { RecordHeaders } from './record-headers.ts'
export type { ReferenceOf, SchemaOf, SchemaText } from './schema-of.ts'
export { SchemaRegistry, type SchemaRegistryOptions } from './schema-registry.ts'
export { type HeadersToWrite, Serde, serde } from './serde.ts'
export { isRecordAtFault, SerdeError, type SerdeErrorCode } from './serde-error.ts'
export type { SchemaUse, SerdeOptions } from './serde-options.ts'
export {
  type SubjectQuestion,
  type SubjectStrategy,
  type SubjectStrategyName,
  subjectStrategies,
} from './subject-name.ts'
export type { Part } from './wire-format.ts'
