// Tells a test which sanitizers it runs under.
#ifndef CAIRN_TESTING_SANITIZER_H_
#define CAIRN_TESTING_SANITIZER_H_

namespace cairn {

// Whether AddressSanitizer watches: everything takes several times as long. GCC says so with a
// macro, clang with a feature.
#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool kHasAddressSanitizer = true;
#elif defined(__has_feature)
inline constexpr bool kHasAddressSanitizer = __has_feature(address_sanitizer);
#else
inline constexpr bool kHasAddressSanitizer = false;
#endif

}  // namespace cairn

#endif  // CAIRN_TESTING_SANITIZER_H_
