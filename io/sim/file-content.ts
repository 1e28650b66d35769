// The bytes of one simulated file twice over: as a running process sees them (the page cache) and as they are on the
// medium. Invariant: what was written before a sync began is on the medium when that sync has ended; what was written
// later, or never synced, survives a loss of power sector by sector, as chance has it.
// Pages that both share are copied before they are written; holes take no room.

import type { SeededRandom } from './random.ts'

export const pageBytes = 4096
const sectorBytes = 512

type Pages = Map<number, Buffer>

/** When a page was first and last changed since it was synced, in changes of its file. */
interface Dirty {
  first: number
  last: number
}

export class FileContent {
  #pages: Pages = new Map()
  #size = 0
  #durablePages: Pages = new Map()
  #durableSize = 0
  readonly #dirty = new Map<number, Dirty>()
  #changes = 0
  #syncsBegun = 0
  /** The latest begun of the syncs that have ended. */
  #syncEnded = 0
  /** The lengths that the file has had since it was synced lie in here. */
  #sizeMin = 0
  #sizeMax = 0
  readonly #mayLose: boolean

  /** `mayLose` false: power never fails, and nothing is kept for when it does. */
  constructor(mayLose = true) {
    this.#mayLose = mayLose
  }

  get size(): number {
    return this.#size
  }

  /** Room that the content takes, holes left out. */
  get allocatedBytes(): number {
    return this.#pages.size * pageBytes
  }

  /** How much `allocatedBytes` would grow by writing these. */
  growthBytes(position: number, length: number): number {
    let pages = 0
    for (let page = pageOf(position); page * pageBytes < position + length; page++)
      if (!this.#pages.has(page)) pages += 1
    return pages * pageBytes
  }

  read(position: number, length: number): Buffer {
    return readPages(this.#pages, position, Math.max(0, Math.min(length, this.#size - position)))
  }

  /** What would be left if all that was not synced were lost. */
  readDurable(): Buffer {
    return readPages(this.#durablePages, 0, this.#durableSize)
  }

  write(bytes: Uint8Array, position: number): void {
    for (let done = 0; done < bytes.length; ) {
      const page = pageOf(position + done)
      const start = position + done - page * pageBytes
      const count = Math.min(pageBytes - start, bytes.length - done)
      this.#ownPage(page).set(bytes.subarray(done, done + count), start)
      done += count
    }
    if (bytes.length > 0) this.#resize(Math.max(this.#size, position + bytes.length))
  }

  truncate(length: number): void {
    if (length < this.#size) {
      const cut = pageOf(length)
      if (length > cut * pageBytes && this.#pages.has(cut)) this.#ownPage(cut).fill(0, length - cut * pageBytes)
      for (const page of [...this.#pages.keys()]) {
        if (page * pageBytes < length) continue
        this.#markDirty(page)
        this.#pages.delete(page)
      }
    }
    this.#resize(length)
  }

  /** Begins a sync: call the answered function when it ends, with whether it succeeded. */
  sync(): (succeeded: boolean) => void {
    if (!this.#mayLose) return () => {}
    const upTo = this.#changes
    const sizeThen = this.#size
    const order = ++this.#syncsBegun
    return succeeded => {
      for (const [page, dirty] of [...this.#dirty]) {
        if (dirty.first > upTo) continue
        if (succeeded) this.#settle(page)
        // A failed sync leaves pages that count as clean and are not on the medium: the next sync will not write them.
        if (dirty.last > upTo) dirty.first = dirty.last
        else this.#dirty.delete(page)
      }
      // One that began earlier and ends later knows of a length that is no longer the one on the medium.
      if (!succeeded || order < this.#syncEnded) return
      this.#syncEnded = order
      this.#durableSize = Math.min(sizeThen, this.#size)
      this.#sizeMin = Math.min(this.#durableSize, this.#size)
      this.#sizeMax = Math.max(this.#durableSize, this.#size)
    }
  }

  /** A loss of power: of what was not synced all, nothing, a torn prefix or any sectors are left. */
  loseUnsynced(random: SeededRandom): void {
    if (!this.#mayLose) throw new Error('the content of a disk that cannot lose anything')
    const size = this.#sizeAfterLoss(random)
    const survives = survivors(
      random,
      [...this.#dirty.keys()].sort((a, b) => a - b),
    )
    for (const page of this.#dirty.keys()) {
      const mixed = mixPages(this.#pages.get(page), this.#durablePages.get(page), sector => survives(page, sector))
      if (mixed) this.#durablePages.set(page, mixed)
      else this.#durablePages.delete(page)
    }
    this.#dirty.clear()
    this.#pages = new Map(this.#durablePages)
    this.#size = Number.MAX_SAFE_INTEGER
    this.truncate(size)
    this.sync()(true)
  }

  #sizeAfterLoss(random: SeededRandom): number {
    const min = Math.min(this.#sizeMin, this.#durableSize)
    const max = Math.max(this.#sizeMax, this.#durableSize)
    return random.pick([this.#durableSize, this.#size, min + random.int(max - min + 1)])
  }

  #settle(page: number): void {
    const bytes = this.#pages.get(page)
    if (bytes) this.#durablePages.set(page, bytes)
    else this.#durablePages.delete(page)
  }

  #ownPage(page: number): Buffer {
    this.#markDirty(page)
    const bytes = this.#pages.get(page)
    if (bytes && bytes !== this.#durablePages.get(page)) return bytes
    const own = bytes ? Buffer.from(bytes) : Buffer.alloc(pageBytes)
    this.#pages.set(page, own)
    return own
  }

  #markDirty(page: number): void {
    if (!this.#mayLose) return
    const change = ++this.#changes
    const dirty = this.#dirty.get(page)
    if (dirty) dirty.last = change
    else this.#dirty.set(page, { first: change, last: change })
  }

  #resize(size: number): void {
    this.#size = size
    this.#sizeMin = Math.min(this.#sizeMin, size)
    this.#sizeMax = Math.max(this.#sizeMax, size)
  }
}

function pageOf(position: number): number {
  return Math.floor(position / pageBytes)
}

function readPages(pages: Pages, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  for (let done = 0; done < length; ) {
    const page = pageOf(position + done)
    const start = position + done - page * pageBytes
    const count = Math.min(pageBytes - start, length - done)
    pages.get(page)?.copy(bytes, done, start, start + count)
    done += count
  }
  return bytes
}

type Survives = (page: number, sector: number) => boolean

// The extremes are as likely as the mixtures: most mistakes show when all is lost, or all but the last sectors is there.
function survivors(random: SeededRandom, dirtyPages: readonly number[]): Survives {
  const sectorsPerPage = pageBytes / sectorBytes
  const kind = random.pick(['none', 'all', 'prefix', 'any'] as const)
  if (kind === 'none' || kind === 'all') return () => kind === 'all'
  if (kind === 'any') return () => random.chance(0.5)
  const kept = random.int(dirtyPages.length * sectorsPerPage + 1)
  const places = new Map(dirtyPages.map((page, index) => [page, index]))
  return (page, sector) => places.get(page)! * sectorsPerPage + sector < kept
}

function mixPages(cached: Buffer | undefined, durable: Buffer | undefined, survives: (sector: number) => boolean) {
  const mixed = Buffer.alloc(pageBytes)
  let empty = true
  for (let sector = 0; sector * sectorBytes < pageBytes; sector++) {
    const source = survives(sector) ? cached : durable
    if (!source) continue
    empty = false
    source.copy(mixed, sector * sectorBytes, sector * sectorBytes, (sector + 1) * sectorBytes)
  }
  return empty ? undefined : mixed
}
