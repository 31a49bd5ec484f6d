#include "cairn/engines/tensorflow/load_mode.h"

#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cairn/testing/sanitizer.h"

namespace cairn::tensorflow {
namespace {

TEST(LoadModeTest, TheLibraryFindsItsOwnNamesFirst) {
  for (const bool has_protobuf : {false, true}) {
    const auto mode = LoadMode({.has_foreign_malloc = false, .has_protobuf = has_protobuf});
    EXPECT_EQ(mode.value(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE | RTLD_DEEPBIND);
  }
}

TEST(LoadModeTest, AForeignMallocIsFoundFirst) {
  const auto mode = LoadMode({.has_foreign_malloc = true, .has_protobuf = false});
  EXPECT_EQ(mode.value(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
}

TEST(LoadModeTest, NoModeIsSafeBesideBoth) {
  const Status status = LoadMode({.has_foreign_malloc = true, .has_protobuf = true}).status();
  EXPECT_EQ(status.reason(), Reason::kUnsupported);
  EXPECT_THAT(status.hint(), testing::HasSubstr("kWorker"));
}

TEST(LoadModeTest, TheMallocOfASanitizerIsForeign) {
  EXPECT_EQ(SymbolsOfThisProcess().has_foreign_malloc, kHasSlowSanitizer);
  EXPECT_FALSE(SymbolsOfThisProcess().has_protobuf);
}

}  // namespace
}  // namespace cairn::tensorflow
