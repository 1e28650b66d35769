// New memory for the answers to fetches. What of it is given to the application stays valid for as long as it is held, and the
// garbage collector finds out when that is.
//
// It should find out cheaply. V8 counts the bytes of buffers towards the limit of the old generation, which with a small heap leaves
// some 17 MB: then all of the heap is marked, for 10 ms of CPU on several threads, fifty times a gigabyte. The answers of that time are
// dead and young, and a scavenge (0.4 ms) would have freed them; but scavenges come when *objects* have filled the young
// generation, and who reads large records makes few. So some of it is filled here, in step with what is received: little and often,
// since an answer that outlives two scavenges, read ahead as it is, is old. Measured (1 KB records, Node 20.20, a quiet machine, so
// much filled for so much received, mark-compacts and CPU of 2.1 GB): 4 MiB for 8, 80 to 124 and 2.0 to 2.6 s; 4 for 4, 33 to 49 and
// 1.6 to 1.7 s; 4 for 2, 11 to 14 and 1.3 to 1.5 s; 2 for 1, 2 to 7 and 1.0 to 1.2 s; 3 for 1 is no better.
//
// What is freed should stay with the process. glibc gives a block of more than 128 KiB back to the kernel when it is freed, and the
// next one is new pages again, each a fault, zeroed, and in no cache. It stops doing so for blocks of a size that it has seen
// freed, and keeps twice as much free at the top of its heap (mallopt(3), M_MMAP_THRESHOLD, "dynamic"). So one block, as large as
// still counts, is allocated and left to be freed; nobody writes to it, so it never has any memory.
// Measured: 248 page faults for each MiB taken without, 0.2 with. Other allocators are not affected.

const kilobyte = 1024
/** After so much has been taken, */
const takenBytes = 1024 * kilobyte
/** so much of the young generation is filled. */
const filledBytes = 2048 * kilobyte
const elementBytes = 8
/** Larger ones would not be young. */
const arrayBytes = 64 * kilobyte
/** Below glibc's DEFAULT_MMAP_THRESHOLD_MAX of 32 MiB. */
const showingBytes = 31 * 1024 * kilobyte

/** The allocator is the process's. */
let isShown = false

function showAllocator(): void {
  if (isShown) return
  isShown = true
  Buffer.allocUnsafeSlow(showingBytes)
}

export class CollectedMemory {
  #takenBytes = 0
  #filledBytes = 0

  /** What has been put into the young generation, and left there, so far. */
  get filledBytes(): number {
    return this.#filledBytes
  }

  /** Exactly so many bytes, with anything in them. */
  readonly allocate = (bytes: number): ArrayBufferLike => {
    this.#takenBytes += bytes
    if (this.#takenBytes >= takenBytes) this.#fill()
    return Buffer.allocUnsafeSlow(bytes).buffer
  }

  #fill(): void {
    this.#takenBytes = 0
    showAllocator()
    for (let bytes = 0; bytes < filledBytes; bytes += arrayBytes) {
      // Its length is used, so that no compiler leaves the array out.
      this.#filledBytes += new Array(arrayBytes / elementBytes).length * elementBytes
    }
  }
}
