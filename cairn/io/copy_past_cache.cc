#include "cairn/io/copy_past_cache.h"

#include <algorithm>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace cairn {

void CopyPastCache(Bytes from, std::byte* to, [[maybe_unused]] size_t nbytes_ahead) {
#ifdef __SSE2__
  // Stores of whole cache lines only: of a part, the rest would be read from memory after all.
  const size_t head = std::min(-reinterpret_cast<uintptr_t>(to) % 64, from.size());
  std::memcpy(to, from.data(), head);
  size_t done = head;
  for (; done + 64 <= from.size(); done += 64) {
    const auto* source = reinterpret_cast<const __m128i*>(from.data() + done);
    auto* target = reinterpret_cast<__m128i*>(to + done);
    // A wish: an address past the end of the memory does no harm, where a pointer must not be.
    const uintptr_t next = reinterpret_cast<uintptr_t>(source) + nbytes_ahead;
    // NOLINTNEXTLINE(performance-no-int-to-ptr)
    _mm_prefetch(reinterpret_cast<const char*>(next), _MM_HINT_T1);
    const __m128i a = _mm_loadu_si128(source);
    const __m128i b = _mm_loadu_si128(source + 1);
    const __m128i c = _mm_loadu_si128(source + 2);
    const __m128i d = _mm_loadu_si128(source + 3);
    _mm_stream_si128(target, a);
    _mm_stream_si128(target + 1, b);
    _mm_stream_si128(target + 2, c);
    _mm_stream_si128(target + 3, d);
  }
  std::memcpy(to + done, from.data() + done, from.size() - done);
#else
  std::memcpy(to, from.data(), from.size());
#endif
}

void FinishCopiesPastCache() {
#ifdef __SSE2__
  _mm_sfence();
#endif
}

}  // namespace cairn
