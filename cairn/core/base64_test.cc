#include "cairn/core/base64.h"

#include <gtest/gtest.h>

namespace cairn {
namespace {

TEST(Base64Test, ThereAndBack) {
  const std::pair<std::string, std::string> rows[] = {{"", ""},
                                                      {"f", "Zg=="},
                                                      {"fo", "Zm8="},
                                                      {"foo", "Zm9v"},
                                                      {"foob", "Zm9vYg=="},
                                                      {"foobar", "Zm9vYmFy"},
                                                      {std::string("\0\xff\x80", 3), "AP+A"}};
  for (const auto& [bytes, text] : rows) {
    EXPECT_EQ(EncodeBase64(bytes), text);
    EXPECT_EQ(DecodeBase64(text), bytes);
  }
}

TEST(Base64Test, EverythingElseIsRefused) {
  for (const char* const text :
       {"Z", "Zg", "Zg=", "Z===", "====", "Zh==", "Zm9=", "Zg==Zg==", "Zm9v\n", "Zm-v", "Zg=a"}) {
    EXPECT_EQ(DecodeBase64(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace cairn
