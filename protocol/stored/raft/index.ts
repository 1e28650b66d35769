export { quorumStateData } from './quorum-state-data.ts'
