/** A task in TypeScript. */
export default (input: number): number => 2 * input
