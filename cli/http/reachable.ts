/** A host that can be typed into a client here. */
export function reachable(host: string): string {
  if (['', '::', '0.0.0.0'].includes(host)) return 'localhost'
  return host.includes(':') ? `[${host}]` : host
}
