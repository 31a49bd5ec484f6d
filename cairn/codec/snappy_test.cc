#include "cairn/codec/snappy.h"

#include <gtest/gtest.h>

#include "cairn/testing/allocation_meter.h"
#include "cairn/testing/row_name.h"
#include "cairn/testing/table_bytes.h"

namespace cairn {
namespace {

constexpr uint64_t kMaxNbytes = 256 << 20;

TEST(SnappyTest, GivesBackWhatWasCompressed) {
  std::string text = "literal ";
  for (int i = 0; i < 5000; ++i) text += static_cast<char>(i * i >> 3);
  for (const std::string& plain : {std::string(), std::string("a"), text, text + text}) {
    const auto back = DecompressSnappy(AsBytes(CompressSnappy(plain)), kMaxNbytes);
    ASSERT_TRUE(back.ok()) << back.status().message();
    EXPECT_EQ(AsText(*back), plain);
  }
}

TEST(SnappyTest, TheDensestDataIsReadStill) {
  const std::string plain(1 << 20, 'x');
  const std::string compressed = CompressSnappy(plain);
  ASSERT_GT(plain.size() / compressed.size(), 20u);
  EXPECT_EQ(AsText(*DecompressSnappy(AsBytes(compressed), kMaxNbytes)), plain);
}

struct Damage {
  const char* what;
  std::string compressed;
  Reason reason;
};

class DamagedSnappyTest : public testing::TestWithParam<Damage> {};

TEST_P(DamagedSnappyTest, IsRefusedWithoutMemory) {
  const AllocationMeter meter;
  const Status status = DecompressSnappy(AsBytes(GetParam().compressed), kMaxNbytes).status();
  EXPECT_EQ(ReasonWord(status.reason()), ReasonWord(GetParam().reason))
      << GetParam().what << ": " << status.message();
  EXPECT_LT(meter.peak_nbytes(), 4096u) << GetParam().what;
}

// Elements: a literal of n bytes is (n-1) << 2; a copy of 4 bytes is 01, its distance in one byte.
INSTANTIATE_TEST_SUITE_P(
    , DamagedSnappyTest,
    testing::Values(Damage{"nothing", "", Reason::kSnappy},
                    Damage{"a length that never ends", std::string(6, '\x80'), Reason::kSnappy},
                    Damage{"a length above 32 bits", "\xff\xff\xff\xff\x1f", Reason::kSnappy},
                    Damage{"A9 2^32-1 bytes promised in 10",
                           "\xff\xff\xff\xff\x0f" + std::string(5, 'x'), Reason::kLimit},
                    Damage{"A9 256 MiB promised in 10 bytes",
                           "\x80\x80\x80\x80\x01" + std::string(5, 'x'), Reason::kSnappy},
                    Damage{"A9 a copy from distance 0", std::string("\x05\x00x\x01\x00", 5),
                           Reason::kSnappy},
                    Damage{"A9 a copy from before the start",
                           "\x05" + std::string(1, '\0') + "x\x01\x02", Reason::kSnappy},
                    Damage{"A9 a literal past the end", "\x08\x1cxyz", Reason::kSnappy},
                    Damage{"A9 a literal whose length is cut", "\x40\xf0", Reason::kSnappy},
                    Damage{"A9 fewer bytes than promised", "\x02" + std::string(1, '\0') + "x",
                           Reason::kSnappy},
                    Damage{"A9 more bytes than promised", "\x01\x04xy", Reason::kSnappy}),
    [](const auto& row) { return RowName(row.param.what); });

}  // namespace
}  // namespace cairn
