export { subscriptionInfoData } from './subscription-info-data.ts'
