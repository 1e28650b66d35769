// Every show, in the order of the issues and their lines.

import { client1 } from './client-1.ts'
import { client2 } from './client-2.ts'
import { client3 } from './client-3.ts'
import { client4 } from './client-4.ts'
import { client5 } from './client-5.ts'
import { client6 } from './client-6.ts'
import { dataPath1 } from './data-path-1.ts'
import { dataPath2 } from './data-path-2.ts'
import { dataPath3 } from './data-path-3.ts'
import { dataPath4 } from './data-path-4.ts'
import { dataPath5 } from './data-path-5.ts'
import { dataPath6 } from './data-path-6.ts'
import { exactlyOnce1 } from './exactly-once-1.ts'
import { exactlyOnce2 } from './exactly-once-2.ts'
import { exactlyOnce3 } from './exactly-once-3.ts'
import { exactlyOnce4 } from './exactly-once-4.ts'
import { exactlyOnce5 } from './exactly-once-5.ts'
import { exactlyOnce6 } from './exactly-once-6.ts'
import { exactlyOnce7 } from './exactly-once-7.ts'
import { mainJob1 } from './main-job-1.ts'
import { mainJob2 } from './main-job-2.ts'
import { mainJob3 } from './main-job-3.ts'
import { mainJob4 } from './main-job-4.ts'
import { mainJob5 } from './main-job-5.ts'
import { mainJob6 } from './main-job-6.ts'
import { mainJob7 } from './main-job-7.ts'
import { mainJob8 } from './main-job-8.ts'
import { registry1 } from './registry-1.ts'
import { registry2 } from './registry-2.ts'
import { registry3 } from './registry-3.ts'
import { registry4 } from './registry-4.ts'
import { registry5 } from './registry-5.ts'
import type { Show } from './show.ts'

export type { Show }

export const shows: readonly Show[] = [
  mainJob1,
  mainJob2,
  mainJob3,
  mainJob4,
  mainJob5,
  mainJob6,
  mainJob7,
  mainJob8,
  dataPath1,
  dataPath2,
  dataPath3,
  dataPath4,
  dataPath5,
  dataPath6,
  exactlyOnce1,
  exactlyOnce2,
  exactlyOnce3,
  exactlyOnce4,
  exactlyOnce5,
  exactlyOnce6,
  exactlyOnce7,
  client1,
  client2,
  client3,
  client4,
  client5,
  client6,
  registry1,
  registry2,
  registry3,
  registry4,
  registry5,
]
