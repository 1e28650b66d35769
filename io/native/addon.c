// The Node-API side: `Channel`, one connection's way in and out, and reading files into the page cache on the thread pool.
//
// A Channel has a duplicate of its socket's descriptor and, once something waits for the socket, a libuv poll handle on it.
// Both are opened here and closed here: by close(), which must be called, or when the environment ends.
// Invariants: the poll handle watches only while something waits for it; nothing of a send or a receive is kept beyond the
// call, so that bytes and descriptors are the caller's to keep; after close() nothing is called back.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <node_api.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cached-read.h"
#include "cached-write.h"
#include "checksum.h"
#include "decompress.h"
#include "libuv-poll.h"
#include "page-cache.h"
#include "reserve-blocks.h"
#include "send-parts.h"

// How a send crosses from JavaScript without an object per part: numbers in memory that both see. io/native/addon.ts
// knows the same places.
enum { TAKEN_BYTES = 0, ERROR_NUMBER = 1, FIRST_PART = 2, NUMBERS_PER_PART = 3 };
enum { NUMBERS = FIRST_PART + NUMBERS_PER_PART * SEND_PARTS_MAX };

struct channel;

struct addon {
  napi_env env;
  uv_loop_t *loop;
  double *numbers;
  struct counters *counters;
  struct channel *open;   // all that are not closed
  size_t polls;          // handles that libuv still knows
  napi_async_cleanup_hook_handle ending; // set once the environment ends
};

struct channel {
  struct addon *addon;
  struct channel *next, *previous;
  int socket;
  uv_poll_t *poll;
  int watched;     // the events that libuv watches the handle for
  bool is_waiting; // the last send found the socket full
  bool is_reading; // wants to hear of what comes
  napi_ref self; // holds the JavaScript object until it is closed: one that waits may be held by nothing else
  napi_ref on_writable, on_readable;
};

static napi_value undefined(napi_env env) {
  napi_value value;
  return napi_get_undefined(env, &value) == napi_ok ? value : NULL;
}

static napi_value integer(napi_env env, int64_t number) {
  napi_value value;
  return napi_create_int64(env, number, &value) == napi_ok ? value : NULL;
}

static napi_value throw_type(napi_env env, const char *message) {
  napi_throw_type_error(env, NULL, message);
  return NULL;
}

// What is thrown by a function that libuv made us call has no caller to go to but the process.
static void call_back(napi_env env, napi_value function, size_t count, const napi_value *arguments) {
  napi_value receiver, error;
  if (napi_get_global(env, &receiver) != napi_ok) return;
  if (napi_make_callback(env, NULL, receiver, function, count, arguments, NULL) != napi_pending_exception) return;
  if (napi_get_and_clear_last_exception(env, &error) == napi_ok) napi_fatal_exception(env, error);
}

// ---- waiting for a socket

// The data of a handle is its channel, and from uv_close on the addon.
static void on_poll_closed(uv_handle_t *handle) {
  struct addon *addon = uv_handle_get_data(handle);
  free(handle);
  addon->polls -= 1;
  if (addon->ending != NULL && addon->polls == 0) napi_remove_async_cleanup_hook(addon->ending);
}

static int open_poll(struct channel *channel) {
  uv_poll_t *poll = malloc(uv_handle_size(UV_POLL));
  if (poll == NULL) return ENOMEM;
  int status = uv_poll_init(channel->addon->loop, poll, channel->socket);
  if (status < 0) {
    free(poll);
    return -status;
  }
  uv_handle_set_data((uv_handle_t *)poll, channel);
  channel->addon->polls += 1;
  channel->poll = poll;
  return 0;
}

static void on_event(uv_poll_t *poll, int status, int events);

// Watches for these events and no others. Answers an errno.
static int watch(struct channel *channel, int events) {
  if (events == channel->watched) return 0;
  int error = channel->poll == NULL ? open_poll(channel) : 0;
  if (error != 0) return error;
  int status = events == 0 ? uv_poll_stop(channel->poll) : uv_poll_start(channel->poll, events, on_event);
  if (status == 0) channel->watched = events;
  return -status;
}

// What nobody waits for would wake the loop for ever. Room in the socket is watched for until it is there and nobody wants
// it, since who found the socket full will find it full again.
static int watch_what_is_wanted(struct channel *channel) {
  int writable = channel->is_waiting || (channel->watched & UV_WRITABLE) != 0 ? UV_WRITABLE : 0;
  return watch(channel, writable | (channel->is_reading ? UV_READABLE : 0));
}

static void call_channel(struct channel *channel, napi_ref reference) {
  napi_env env = channel->addon->env;
  napi_handle_scope scope;
  napi_value function;
  if (napi_open_handle_scope(env, &scope) != napi_ok) return;
  if (napi_get_reference_value(env, reference, &function) == napi_ok) call_back(env, function, 0, NULL);
  napi_close_handle_scope(env, scope);
}

static void on_event(uv_poll_t *poll, int status, int events) {
  struct channel *channel = uv_handle_get_data((uv_handle_t *)poll);
  // An error on the socket stops the handle. What it is, the next receive or send is told.
  if (status < 0) {
    channel->watched = 0;
    events = UV_READABLE | UV_WRITABLE;
  }
  if ((events & UV_READABLE) != 0 && channel->is_reading) call_channel(channel, channel->on_readable);
  if (uv_handle_get_data((uv_handle_t *)poll) != channel) return; // closed by what was called
  if ((events & UV_WRITABLE) == 0) return;
  bool is_wanted = channel->is_waiting;
  channel->is_waiting = false;
  if (is_wanted) call_channel(channel, channel->on_writable);
  if (uv_handle_get_data((uv_handle_t *)poll) != channel) return;
  if (!channel->is_waiting) watch(channel, channel->is_reading ? UV_READABLE : 0);
}

// Answers an errno.
static int wait_until_writable(struct channel *channel) {
  channel->is_waiting = true;
  return watch_what_is_wanted(channel);
}

// ---- opening and closing

static void close_channel(struct channel *channel) {
  if (channel->socket < 0) return;
  struct addon *addon = channel->addon;
  if (channel->poll != NULL) {
    // Before close(2): the descriptor's number may be somebody else's right after it.
    uv_poll_stop(channel->poll);
    uv_handle_set_data((uv_handle_t *)channel->poll, addon);
    uv_close((uv_handle_t *)channel->poll, on_poll_closed);
    channel->poll = NULL;
  }
  close(channel->socket);
  channel->socket = -1;
  napi_delete_reference(addon->env, channel->on_writable);
  napi_delete_reference(addon->env, channel->on_readable);
  if (channel->self != NULL) napi_reference_unref(addon->env, channel->self, NULL);
  if (channel->previous != NULL) channel->previous->next = channel->next;
  else addon->open = channel->next;
  if (channel->next != NULL) channel->next->previous = channel->previous;
}

static void on_channel_collected(napi_env env, void *data, void *hint) {
  (void)hint;
  struct channel *channel = data;
  close_channel(channel);
  if (channel->self != NULL) napi_delete_reference(env, channel->self);
  free(channel);
}

static void link_channel(struct channel *channel) {
  struct addon *addon = channel->addon;
  channel->next = addon->open;
  if (addon->open != NULL) addon->open->previous = channel;
  addon->open = channel;
}

static void free_channel(struct channel *channel, int duplicate) {
  if (duplicate >= 0) close(duplicate);
  free(channel);
}

static bool are_functions(napi_env env, const napi_value *values, size_t count) {
  for (size_t i = 0; i < count; i++) {
    napi_valuetype type;
    if (napi_typeof(env, values[i], &type) != napi_ok || type != napi_function) return false;
  }
  return true;
}

// Answers NULL with an exception pending.
static struct channel *open_channel(struct addon *addon, int socket, const napi_value *functions) {
  struct channel *channel = calloc(1, sizeof *channel);
  int duplicate = channel == NULL ? -1 : fcntl(socket, F_DUPFD_CLOEXEC, 0);
  if (duplicate < 0) {
    free_channel(channel, duplicate);
    napi_throw_error(addon->env, "EMFILE", "the socket's descriptor cannot be duplicated");
    return NULL;
  }
  if (napi_create_reference(addon->env, functions[0], 1, &channel->on_writable) != napi_ok ||
      napi_create_reference(addon->env, functions[1], 1, &channel->on_readable) != napi_ok) {
    free_channel(channel, duplicate);
    throw_type(addon->env, "out of memory");
    return NULL;
  }
  channel->addon = addon;
  channel->socket = duplicate;
  link_channel(channel);
  return channel;
}

// new Channel(socket, onWritable, onReadable)
static napi_value construct(napi_env env, napi_callback_info info) {
  size_t count = 3;
  napi_value arguments[3], this;
  struct addon *addon;
  int32_t socket;
  if (napi_get_cb_info(env, info, &count, arguments, &this, (void **)&addon) != napi_ok) return NULL;
  if (napi_get_value_int32(env, arguments[0], &socket) != napi_ok) return throw_type(env, "a descriptor is needed");
  if (!are_functions(env, arguments + 1, 2))
    return throw_type(env, "a function to call when the socket takes more, and one for when it has more, is needed");
  struct channel *channel = open_channel(addon, socket, arguments + 1);
  if (channel == NULL) return NULL;
  if (napi_wrap(env, this, channel, on_channel_collected, NULL, &channel->self) != napi_ok) {
    on_channel_collected(env, channel, NULL);
    return throw_type(env, "Channel is a constructor");
  }
  return napi_reference_ref(env, channel->self, NULL) == napi_ok ? this : NULL;
}

// close()
static napi_value close_method(napi_env env, napi_callback_info info) {
  size_t count = 0;
  napi_value this;
  struct channel *channel;
  if (napi_get_cb_info(env, info, &count, NULL, &this, NULL) != napi_ok) return NULL;
  if (napi_unwrap(env, this, (void **)&channel) != napi_ok) return throw_type(env, "not a Channel");
  close_channel(channel);
  return NULL;
}

// ---- sending

// Every whole number up to here is a double.
static const double LARGEST = 9007199254740991.0;

// Written so that what is not a number is refused.
static bool read_bytes_part(napi_env env, napi_value buffers, uint32_t index, const double *numbers, struct part *part) {
  napi_value buffer;
  napi_typedarray_type type;
  size_t length;
  void *data;
  if (napi_get_element(env, buffers, index, &buffer) != napi_ok) return false;
  if (napi_get_typedarray_info(env, buffer, &type, &length, &data, NULL, NULL) != napi_ok) return false;
  if (type != napi_uint8_array) return false;
  double from = numbers[1], count = numbers[2];
  if (!(from >= 0 && count > 0 && from + count <= (double)length)) return false;
  part->file = -1;
  part->bytes = (const uint8_t *)data + (size_t)from;
  part->length = (size_t)count;
  return true;
}

static bool read_file_part(const double *numbers, struct part *part) {
  if (!(numbers[0] <= INT_MAX && numbers[1] >= 0 && numbers[1] <= LARGEST && numbers[2] > 0 && numbers[2] <= LARGEST))
    return false;
  part->file = (int)numbers[0];
  part->position = (off_t)numbers[1];
  part->length = (size_t)numbers[2];
  return true;
}

static bool read_parts(const struct addon *addon, napi_value buffers, uint32_t count, struct part *parts) {
  uint32_t buffer = 0;
  for (uint32_t i = 0; i < count; i++) {
    const double *numbers = addon->numbers + FIRST_PART + NUMBERS_PER_PART * i;
    if (numbers[0] >= 0 ? !read_file_part(numbers, &parts[i])
                        : !read_bytes_part(addon->env, buffers, buffer++, numbers, &parts[i]))
      return false;
  }
  return true;
}

static napi_value answer(struct addon *addon, struct progress progress) {
  addon->numbers[TAKEN_BYTES] = (double)progress.taken_bytes;
  addon->numbers[ERROR_NUMBER] = progress.error;
  return integer(addon->env, progress.outcome);
}

// send(buffers, count, firstIsWarm): the parts' numbers are in the shared memory, the answer is an outcome, and its numbers
// are there as well. After WOULD_BLOCK onWritable is called once.
static napi_value send_method(napi_env env, napi_callback_info info) {
  size_t count = 3;
  napi_value arguments[3], this;
  struct addon *addon;
  struct channel *channel;
  uint32_t parts_count;
  bool first_is_warm;
  struct part parts[SEND_PARTS_MAX];
  if (napi_get_cb_info(env, info, &count, arguments, &this, (void **)&addon) != napi_ok) return NULL;
  if (napi_unwrap(env, this, (void **)&channel) != napi_ok) return throw_type(env, "not a Channel");
  if (channel->socket < 0) return answer(addon, (struct progress){FAILED, EPIPE, 0});
  if (napi_get_value_uint32(env, arguments[1], &parts_count) != napi_ok || parts_count > SEND_PARTS_MAX ||
      napi_get_value_bool(env, arguments[2], &first_is_warm) != napi_ok ||
      !read_parts(addon, arguments[0], parts_count, parts))
    return throw_type(env, "not what send takes");
  struct progress progress = send_parts(channel->socket, parts, parts_count, first_is_warm, addon->counters);
  if (progress.outcome == WOULD_BLOCK) {
    int error = wait_until_writable(channel);
    if (error != 0) progress = (struct progress){FAILED, error, progress.taken_bytes};
  }
  return answer(addon, progress);
}

// ---- receiving

static ssize_t receive_now(int socket, void *into, size_t length) {
  ssize_t count;
  do count = recv(socket, into, length, MSG_DONTWAIT);
  while (count < 0 && errno == EINTR);
  return count < 0 ? -errno : count;
}

// receive(into): how many bytes have come, 0 at the end, or a negative errno: -EAGAIN when there is nothing now.
static napi_value receive_method(napi_env env, napi_callback_info info) {
  size_t count = 1, length;
  napi_value argument, this;
  napi_typedarray_type type;
  struct channel *channel;
  void *into;
  if (napi_get_cb_info(env, info, &count, &argument, &this, NULL) != napi_ok) return NULL;
  if (napi_unwrap(env, this, (void **)&channel) != napi_ok) return throw_type(env, "not a Channel");
  // Receiving into nothing would look like the end.
  if (napi_get_typedarray_info(env, argument, &type, &length, &into, NULL, NULL) != napi_ok || type != napi_uint8_array ||
      length == 0)
    return throw_type(env, "not what receive takes");
  return integer(env, channel->socket < 0 ? -EBADF : receive_now(channel->socket, into, length));
}

// setReading(isReading): whether onReadable is called, again and again, while there is something to receive. Answers an errno.
static napi_value set_reading_method(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument, this;
  struct channel *channel;
  bool is_reading;
  if (napi_get_cb_info(env, info, &count, &argument, &this, NULL) != napi_ok) return NULL;
  if (napi_unwrap(env, this, (void **)&channel) != napi_ok) return throw_type(env, "not a Channel");
  if (napi_get_value_bool(env, argument, &is_reading) != napi_ok) return throw_type(env, "not what setReading takes");
  if (channel->socket < 0) return integer(env, EBADF);
  channel->is_reading = is_reading;
  return integer(env, watch_what_is_wanted(channel));
}

// setLowWater(bytes): onReadable is not called for fewer bytes than these, unless the end, an error or a full receive buffer
// comes first (tcp_stream_is_readable in Linux). Answers an errno.
static napi_value set_low_water_method(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument, this;
  struct channel *channel;
  int32_t bytes;
  if (napi_get_cb_info(env, info, &count, &argument, &this, NULL) != napi_ok) return NULL;
  if (napi_unwrap(env, this, (void **)&channel) != napi_ok) return throw_type(env, "not a Channel");
  if (napi_get_value_int32(env, argument, &bytes) != napi_ok || bytes < 1)
    return throw_type(env, "not what setLowWater takes");
  if (channel->socket < 0) return integer(env, EBADF);
  return integer(env, setsockopt(channel->socket, SOL_SOCKET, SO_RCVLOWAT, &bytes, sizeof bytes) == 0 ? 0 : errno);
}

// ---- the page cache

// Something that is done to a range of a file on the thread pool; what comes of it is 0 or more, or a negative errno.
typedef ssize_t range_function(int file, off_t position, size_t length);

struct range_job {
  range_function *function;
  int file;
  off_t position;
  size_t length;
  ssize_t result;
  napi_ref done;
  napi_async_work work;
};

static void do_on_thread(napi_env env, void *data) {
  (void)env;
  struct range_job *job = data;
  job->result = job->function(job->file, job->position, job->length);
}

static void free_job(napi_env env, struct range_job *job) {
  if (job->work != NULL) napi_delete_async_work(env, job->work);
  if (job->done != NULL) napi_delete_reference(env, job->done);
  free(job);
}

static void on_done(napi_env env, napi_status status, void *data) {
  struct range_job *job = data;
  napi_value function, result = integer(env, job->result), receiver = undefined(env);
  bool found = napi_get_reference_value(env, job->done, &function) == napi_ok;
  free_job(env, job);
  // Cancelled: the environment ends.
  if (status == napi_ok && found) napi_call_function(env, receiver, function, 1, &result, NULL);
}

static bool queue_job(napi_env env, struct range_job *job, napi_value done) {
  napi_value name;
  return napi_create_reference(env, done, 1, &job->done) == napi_ok &&
         napi_create_string_utf8(env, "millrace.range", NAPI_AUTO_LENGTH, &name) == napi_ok &&
         napi_create_async_work(env, NULL, name, do_on_thread, on_done, job, &job->work) == napi_ok &&
         napi_queue_async_work(env, job->work) == napi_ok;
}

static bool read_range(napi_env env, const napi_value *arguments, int *file, off_t *position, size_t *length) {
  int32_t descriptor;
  int64_t from, count;
  if (napi_get_value_int32(env, arguments[0], &descriptor) != napi_ok) return false;
  if (napi_get_value_int64(env, arguments[1], &from) != napi_ok || from < 0) return false;
  if (napi_get_value_int64(env, arguments[2], &count) != napi_ok || count < 0) return false;
  *file = descriptor;
  *position = (off_t)from;
  *length = (size_t)count;
  return true;
}

// (file, position, length, done)
static napi_value start_job(napi_env env, napi_callback_info info, range_function *function) {
  size_t count = 4;
  napi_value arguments[4];
  struct range_job *job = calloc(1, sizeof *job);
  if (job == NULL) return throw_type(env, "out of memory");
  job->function = function;
  if (napi_get_cb_info(env, info, &count, arguments, NULL, NULL) == napi_ok &&
      read_range(env, arguments, &job->file, &job->position, &job->length) && queue_job(env, job, arguments[3]))
    return NULL;
  free_job(env, job);
  return throw_type(env, "not a file, a range of it and whom to tell");
}

// warm(file, position, length, done): reads on the thread pool; done gets the bytes there are, or a negative errno.
static napi_value warm(napi_env env, napi_callback_info info) {
  return start_job(env, info, read_into_page_cache);
}

// reserve(file, position, length, done): sets blocks aside on the thread pool; done gets 0, or a negative errno.
static napi_value reserve(napi_env env, napi_callback_info info) {
  return start_job(env, info, reserve_blocks);
}

// isWarm(file, position, length)
static napi_value is_warm(napi_env env, napi_callback_info info) {
  size_t count = 3;
  napi_value arguments[3], answer;
  int file;
  off_t position;
  size_t length;
  if (napi_get_cb_info(env, info, &count, arguments, NULL, NULL) != napi_ok ||
      !read_range(env, arguments, &file, &position, &length))
    return throw_type(env, "not what isWarm takes");
  return napi_get_boolean(env, is_in_page_cache(file, position, length), &answer) == napi_ok ? answer : NULL;
}

// forget(file): asks the kernel to drop the file's clean pages; for tests and benches of what is cold.
static napi_value forget(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument;
  int32_t file;
  if (napi_get_cb_info(env, info, &count, &argument, NULL, NULL) != napi_ok ||
      napi_get_value_int32(env, argument, &file) != napi_ok)
    return throw_type(env, "a descriptor is needed");
  posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
  return NULL;
}

// ---- the module

static void on_environment_ends(napi_async_cleanup_hook_handle handle, void *data) {
  struct addon *addon = data;
  while (addon->open != NULL) close_channel(addon->open);
  if (addon->polls == 0) napi_remove_async_cleanup_hook(handle);
  else addon->ending = handle;
}

static void free_addon(napi_env env, void *data, void *hint) {
  (void)env, (void)hint;
  free(data);
}

// A Float64Array that lives as long as the module, and where its numbers are.
static bool export_numbers(napi_env env, napi_value exports, const char *name, size_t count, double **numbers) {
  napi_value buffer, array;
  napi_ref forever;
  return napi_create_arraybuffer(env, count * sizeof **numbers, (void **)numbers, &buffer) == napi_ok &&
         napi_create_reference(env, buffer, 1, &forever) == napi_ok &&
         napi_create_typedarray(env, napi_float64_array, count, buffer, 0, &array) == napi_ok &&
         napi_set_named_property(env, exports, name, array) == napi_ok;
}

static bool export_functions(napi_env env, napi_value exports, struct addon *addon) {
  napi_value channel;
  const napi_property_descriptor methods[] = {
      {"send", NULL, send_method, NULL, NULL, NULL, napi_default, addon},
      {"receive", NULL, receive_method, NULL, NULL, NULL, napi_default, addon},
      {"setLowWater", NULL, set_low_water_method, NULL, NULL, NULL, napi_default, addon},
      {"setReading", NULL, set_reading_method, NULL, NULL, NULL, napi_default, addon},
      {"close", NULL, close_method, NULL, NULL, NULL, napi_default, addon},
  };
  const napi_property_descriptor functions[] = {
      {"reserve", NULL, reserve, NULL, NULL, NULL, napi_enumerable, NULL},
      {"warm", NULL, warm, NULL, NULL, NULL, napi_enumerable, NULL},
      {"isWarm", NULL, is_warm, NULL, NULL, NULL, napi_enumerable, NULL},
      {"forget", NULL, forget, NULL, NULL, NULL, napi_enumerable, NULL},
      {"readCached", NULL, read_cached, NULL, NULL, NULL, napi_enumerable, NULL},
      {"writeCached", NULL, write_cached, NULL, NULL, NULL, napi_enumerable, addon->counters},
  };
  return napi_define_class(env, "Channel", NAPI_AUTO_LENGTH, construct, addon, sizeof methods / sizeof *methods, methods, &channel) == napi_ok &&
         napi_set_named_property(env, exports, "Channel", channel) == napi_ok &&
         napi_define_properties(env, exports, sizeof functions / sizeof *functions, functions) == napi_ok;
}

static bool export_addon(napi_env env, napi_value exports, struct addon *addon) {
  double *counters;
  if (!export_numbers(env, exports, "numbers", NUMBERS, &addon->numbers)) return false;
  if (!export_numbers(env, exports, "counters", COUNTERS, &counters)) return false;
  addon->counters = (struct counters *)counters;
  if (!export_decompression(env, exports) || !export_checksum(env, exports)) return false;
  return export_functions(env, exports, addon) && napi_get_uv_event_loop(env, &addon->loop) == napi_ok &&
         napi_add_async_cleanup_hook(env, on_environment_ends, addon, NULL) == napi_ok;
}

NAPI_MODULE_INIT(/* napi_env env, napi_value exports */) {
  struct addon *addon = calloc(1, sizeof *addon);
  if (addon == NULL) return throw_type(env, "out of memory");
  addon->env = env;
  if (napi_set_instance_data(env, addon, free_addon, NULL) != napi_ok) {
    free(addon);
    return throw_type(env, "the addon cannot be set up");
  }
  return export_addon(env, exports, addon) ? exports : throw_type(env, "the addon cannot be set up");
}
