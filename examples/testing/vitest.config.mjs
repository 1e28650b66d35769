// Vitest's own defaults, and not those of the repository around it.
export default {}
