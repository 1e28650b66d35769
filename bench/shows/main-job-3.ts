// kafka-dump-log on our directories. That all of Kafka's own directories are served record for record is a test
// (broker/log/kafka-directories.test.ts), which runs with every `npm test`.

import { kafkaDumpLogShow } from './kafka-dump-log.ts'
import type { Show } from './show.ts'

export const mainJob3: Show = {
  id: 'main-job.3',
  title: "Kafka's kafka-dump-log finds nothing wrong in our directories (KAFKA_LIBS: a folder with Kafka 4.3.0's jars)",
  async run() {
    const libs = process.env.KAFKA_LIBS
    if (libs === undefined) return { pass: false, figure: "set KAFKA_LIBS to a folder with Kafka 4.3.0's jars" }
    return kafkaDumpLogShow(libs)
  },
}
