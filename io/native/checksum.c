// CRC-32C with the processor's own instruction, three runs of bytes at a time.
//
// The instruction takes eight bytes and answers after three cycles, but a processor can begin one in each cycle: one run waits
// for itself two thirds of the time. So three neighbouring runs of equal length are taken side by side, and their checksums are put
// together. A checksum is linear: what a run of zeros of that length makes of it is the exclusive or of what it makes of each of its four
// bytes, which stands in a table. The tables are made with the instruction itself, once for the process and before the addon's
// loading returns, so that no thread can meet half of them.

#include "checksum.h"

#include <stdint.h>
#include <string.h>

#if defined(__x86_64__)
#include <nmmintrin.h>
#define WITH_INSTRUCTION __attribute__((target("sse4.2")))
#define STEP8(crc, word) _mm_crc32_u64(crc, word)
#define STEP1(crc, byte) _mm_crc32_u8((uint32_t)(crc), byte)
static bool has_instruction(void) {
  __builtin_cpu_init();
  return __builtin_cpu_supports("sse4.2");
}
#elif defined(__aarch64__) && defined(__linux__)
#include <arm_acle.h>
#include <asm/hwcap.h>
#include <sys/auxv.h>
#define WITH_INSTRUCTION __attribute__((target("+crc")))
#define STEP8(crc, word) __crc32cd((uint32_t)(crc), word)
#define STEP1(crc, byte) __crc32cb((uint32_t)(crc), byte)
static bool has_instruction(void) { return (getauxval(AT_HWCAP) & HWCAP_CRC32) != 0; }
#endif

#ifdef WITH_INSTRUCTION

// Long runs for what is long, short ones for what is left of it: putting together costs as much as some dozens of bytes.
enum { LONG_RUN = 2048, SHORT_RUN = 128, WORD = 8 };

struct zeros {
  uint32_t of_byte[4][256];
};

static struct zeros long_zeros, short_zeros;

static inline uint64_t word_at(const uint8_t *bytes) {
  uint64_t word;
  memcpy(&word, bytes, WORD);
  return word;
}

WITH_INSTRUCTION static void make_zeros(struct zeros *zeros, size_t length) {
  for (int place = 0; place < 4; place++) {
    for (uint32_t byte = 0; byte < 256; byte++) {
      uint64_t crc = byte << (8 * place);
      for (size_t done = 0; done < length; done += WORD) crc = STEP8(crc, 0);
      zeros->of_byte[place][byte] = (uint32_t)crc;
    }
  }
}

static inline uint32_t behind_zeros(const struct zeros *zeros, uint64_t crc) {
  return zeros->of_byte[0][crc & 0xff] ^ zeros->of_byte[1][crc >> 8 & 0xff] ^ zeros->of_byte[2][crc >> 16 & 0xff] ^
         zeros->of_byte[3][crc >> 24 & 0xff];
}

WITH_INSTRUCTION static inline uint64_t three_runs(uint64_t crc, const uint8_t *at, size_t run, const struct zeros *zeros) {
  uint64_t second = 0, third = 0;
  for (const uint8_t *end = at + run; at < end; at += WORD) {
    crc = STEP8(crc, word_at(at));
    second = STEP8(second, word_at(at + run));
    third = STEP8(third, word_at(at + 2 * run));
  }
  second ^= behind_zeros(zeros, crc);
  return third ^ behind_zeros(zeros, second);
}

WITH_INSTRUCTION static uint32_t checksum(const uint8_t *at, size_t length, uint32_t previous) {
  uint64_t crc = ~previous;
  for (; length >= 3 * LONG_RUN; length -= 3 * LONG_RUN, at += 3 * LONG_RUN)
    crc = three_runs(crc, at, LONG_RUN, &long_zeros);
  for (; length >= 3 * SHORT_RUN; length -= 3 * SHORT_RUN, at += 3 * SHORT_RUN)
    crc = three_runs(crc, at, SHORT_RUN, &short_zeros);
  for (; length >= WORD; length -= WORD, at += WORD) crc = STEP8(crc, word_at(at));
  for (; length > 0; length--, at++) crc = STEP1(crc, *at);
  return ~(uint32_t)crc;
}

static napi_value crc32c(napi_env env, napi_callback_info info) {
  size_t count = 2, length;
  napi_value arguments[2], answer;
  napi_typedarray_type type;
  void *bytes;
  uint32_t previous;
  if (napi_get_cb_info(env, info, &count, arguments, NULL, NULL) != napi_ok ||
      napi_get_typedarray_info(env, arguments[0], &type, &length, &bytes, NULL, NULL) != napi_ok ||
      type != napi_uint8_array || napi_get_value_uint32(env, arguments[1], &previous) != napi_ok) {
    napi_throw_type_error(env, NULL, "crc32c takes a Uint8Array and the checksum of what comes before it");
    return NULL;
  }
  return napi_create_uint32(env, checksum(bytes, length, previous), &answer) == napi_ok ? answer : NULL;
}

__attribute__((constructor)) static void make_tables(void) {
  if (!has_instruction()) return;
  make_zeros(&long_zeros, LONG_RUN);
  make_zeros(&short_zeros, SHORT_RUN);
}

bool export_checksum(napi_env env, napi_value exports) {
  if (!has_instruction()) return true;
  const napi_property_descriptor property = {"crc32c", NULL, crc32c, NULL, NULL, NULL, napi_enumerable, NULL};
  return napi_define_properties(env, exports, 1, &property) == napi_ok;
}

#else

bool export_checksum(napi_env env, napi_value exports) {
  (void)env, (void)exports;
  return true;
}

#endif
