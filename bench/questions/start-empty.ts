import type { Question } from '../comparison/question.ts'

export const startEmpty: Question = {
  name: 'start-empty',
  says: 'from the start of the process on an empty directory until the port answers',
  isAlone: true,
  rounds: { full: 5, quick: 2 },
  works: [
    {
      name: 'start, empty',
      unit: 's',
      warmsUp: 'only full',
      target: { of: 'ours', most: 0.3 },
      // Kafka's directory is formatted by a program of its own before; that is not in its time, in ours it is.
      async pass(side) {
        await side.clear()
        const { startMs } = await side.running()
        await side.stop()
        return { value: startMs / 1000 }
      },
    },
  ],
}
