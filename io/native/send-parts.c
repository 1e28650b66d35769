// Bytes by sendmsg(2), files by sendfile(2). Invariants: no call waits for the other side (the socket is non-blocking,
// and sendfile obeys that) nor, as far as the page cache can be asked, for a disk; what is reported as taken is a prefix.
// A call that took less than it was given is not repeated: the socket is full, and writability tells when to go on. A file
// that ended looks the same, and the next call finds out.

#define _GNU_SOURCE
#include "send-parts.h"

#include <errno.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <time.h>

#include "page-cache.h"

// A sendfile from memory takes well below a millisecond; one that took this long has waited for something.
static const int64_t BLOCKED_NANOSECONDS = 5 * 1000 * 1000;

static int64_t now_nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static bool is_file(const struct part *part) { return part->file >= 0; }

static ssize_t send_bytes(int socket, const struct part *parts, size_t count, bool more_follows) {
  struct iovec vectors[SEND_PARTS_MAX];
  for (size_t i = 0; i < count; i++) vectors[i] = (struct iovec){(void *)parts[i].bytes, parts[i].length};
  struct msghdr message = {.msg_iov = vectors, .msg_iovlen = count};
  int flags = MSG_DONTWAIT | MSG_NOSIGNAL | (more_follows ? MSG_MORE : 0);
  ssize_t taken;
  do taken = sendmsg(socket, &message, flags);
  while (taken < 0 && errno == EINTR);
  return taken;
}

// sendfile has no MSG_NOSIGNAL; Node ignores SIGPIPE, so that a connection that is gone is EPIPE here as well.
static ssize_t send_file(int socket, const struct part *part, struct counters *counters) {
  int64_t started = now_nanoseconds();
  ssize_t taken;
  do {
    off_t position = part->position;
    taken = sendfile(socket, part->file, &position, part->length);
  } while (taken < 0 && errno == EINTR);
  int error = errno;
  if (now_nanoseconds() - started > BLOCKED_NANOSECONDS) counters->blocked_sends += 1;
  errno = error;
  return taken;
}

// After a call that took nothing, or less than it was given. Answers false: nothing more is sent in this call.
static bool stop_at_error(struct progress *progress, struct counters *counters, int error) {
  if (error == EAGAIN || error == EWOULDBLOCK) {
    counters->would_block += 1;
    progress->outcome = WOULD_BLOCK;
  } else {
    progress->outcome = FAILED;
    progress->error = error;
  }
  return false;
}

static bool stop_with(struct progress *progress, enum outcome outcome) {
  progress->outcome = outcome;
  return false;
}

static bool proceed_with_bytes(int socket, const struct part *parts, size_t count, bool more_follows,
                               struct progress *progress, struct counters *counters) {
  size_t length = 0;
  for (size_t i = 0; i < count; i++) length += parts[i].length;
  ssize_t taken = send_bytes(socket, parts, count, more_follows);
  if (taken < 0) return stop_at_error(progress, counters, errno);
  progress->taken_bytes += (size_t)taken;
  counters->sendmsg_bytes += (double)taken;
  return (size_t)taken == length || stop_at_error(progress, counters, EAGAIN);
}

static bool proceed_with_file(int socket, const struct part *file, struct progress *progress, struct counters *counters) {
  ssize_t taken = send_file(socket, file, counters);
  if (taken < 0) return stop_at_error(progress, counters, errno);
  if (taken == 0) return stop_with(progress, FILE_ENDED);
  progress->taken_bytes += (size_t)taken;
  counters->sendfile_bytes += (double)taken;
  return (size_t)taken == file->length || stop_at_error(progress, counters, EAGAIN);
}

// How many parts from the first on are bytes.
static size_t leading_bytes(const struct part *parts, size_t count) {
  size_t leading = 0;
  while (leading < count && !is_file(&parts[leading])) leading++;
  return leading;
}

struct progress send_parts(int socket, const struct part *parts, size_t count, bool first_is_warm, struct counters *counters) {
  struct progress progress = {ALL_TAKEN, 0, 0};
  bool is_warm = first_is_warm;
  counters->sends += 1;
  for (size_t i = 0; i < count; i++, is_warm = false) {
    size_t leading = leading_bytes(parts + i, count - i);
    const struct part *file = i + leading < count ? &parts[i + leading] : NULL;
    // Before the bytes leave: MSG_MORE holds them back for what follows, and a cold file does not follow at once.
    if (file != NULL && !is_warm) is_warm = is_in_page_cache(file->file, file->position, file->length);
    bool more_follows = file != NULL && is_warm;
    if (leading > 0 && !proceed_with_bytes(socket, parts + i, leading, more_follows, &progress, counters)) break;
    i += leading;
    if (file == NULL) break;
    if (!is_warm) {
      counters->cold_ranges += 1;
      stop_with(&progress, COLD);
      break;
    }
    if (!proceed_with_file(socket, file, &progress, counters)) break;
  }
  return progress;
}
