// `millrace/testing`: what tests of programs that use Kafka stand on. Everything that is public, name by name.

export type { ErrorName } from '../protocol/errors.ts'
export type { RecordHeader, RecordView } from '../protocol/records/record.ts'
export type { Settings, StartBrokerOptions, TopicOptions } from './kit/broker-options.ts'
export type { FaultHandle, FaultOptions, RequestInfo } from './kit/faults/fault.ts'
export type { TestClock } from './kit/manual-time.ts'
export type { LoggedRequest, RequestLog } from './kit/request-log.ts'
export type { ApiName, RequestOf } from './kit/served-apis.ts'
export type { LogLevel } from './kit/stderr-logger.ts'
export { startBroker, type TestBroker } from './kit/test-broker.ts'
