// The orders that every client writes, in the form that avsc takes, and how what is read is told.

export function orderOf(index, writer) {
  return {
    id: 9_000_000_000 + index,
    writer,
    total: index + 0.25,
    note: index % 2 === 0 ? `note ${index}` : null,
    tags: ['a', `t${index}`],
    counts: { x: index, y: -index },
    state: ['NEW', 'PAID', 'SENT'][index % 3],
    customer: { name: `c${index}`, vip: index % 2 === 0 },
    raw: Buffer.from([0, index, 255]),
    digest: Buffer.from([1, 2, 3, index]),
  }
}

export function told(order) {
  const { raw, digest, customer, counts, ...rest } = order
  const hex = bytes => Buffer.from(bytes).toString('hex')
  return { ...rest, counts: { ...counts }, customer: { ...customer }, raw: hex(raw), digest: hex(digest) }
}

export function tell(value) {
  process.stdout.write(`@${JSON.stringify(value)}\n`)
}
