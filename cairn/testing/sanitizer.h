// Tells a test which sanitizers it runs under.
#ifndef CAIRN_TESTING_SANITIZER_H_
#define CAIRN_TESTING_SANITIZER_H_

#include <cstdint>

namespace cairn {

// GCC says with macros which sanitizers watch, clang with features.
#ifdef __has_feature
#define CAIRN_HAS_FEATURE(feature) __has_feature(feature)
#else
#define CAIRN_HAS_FEATURE(feature) 0
#endif

#if defined(__SANITIZE_THREAD__) || CAIRN_HAS_FEATURE(thread_sanitizer)
inline constexpr bool kHasThreadSanitizer = true;
#else
inline constexpr bool kHasThreadSanitizer = false;
#endif

#if defined(__SANITIZE_ADDRESS__) || CAIRN_HAS_FEATURE(address_sanitizer)
inline constexpr bool kHasAddressSanitizer = true;
#else
inline constexpr bool kHasAddressSanitizer = false;
#endif

// Whether everything takes several times as long.
inline constexpr bool kHasSlowSanitizer = kHasAddressSanitizer || kHasThreadSanitizer;

// A test that stops a program at each of its calls, one after another, goes on by so many calls.
// Without a sanitizer it tries them all.
inline constexpr uint64_t kCallStep = kHasSlowSanitizer ? 3 : 1;

}  // namespace cairn

#endif  // CAIRN_TESTING_SANITIZER_H_
