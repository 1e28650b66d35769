// Setting blocks aside. What a write into the page cache costs is to a good part the file system's: without blocks, ext4 reserves
// room and a place in a tree of extents for each page; with them it looks up one extent.

#define _GNU_SOURCE
#include "reserve-blocks.h"

#include <errno.h>
#include <fcntl.h>

ssize_t reserve_blocks(int file, off_t position, size_t length) {
  int status;
  do status = fallocate(file, FALLOC_FL_KEEP_SIZE, position, (off_t)length);
  while (status != 0 && errno == EINTR);
  return status == 0 ? 0 : -errno;
}
