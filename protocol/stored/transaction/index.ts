export { transactionLogKey, transactionLogValue } from './transaction-log.ts'
