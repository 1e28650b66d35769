import { clockContract } from './contract/clock.ts'
import { randomContract } from './contract/random.ts'
import { realClock } from './real-clock.ts'
import { realRandom } from './real-random.ts'

clockContract('the machine', async () => ({ clock: realClock(), run: body => body(), close: async () => {} }))
randomContract('the machine', realRandom)
