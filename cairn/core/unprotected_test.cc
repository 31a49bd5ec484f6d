#include "cairn/core/unprotected.h"

#include <gtest/gtest.h>

namespace cairn {
namespace {

// Tensors without sources: stored with a checksum ("c"), without one ("u"), in two slices of which
// one has none ("s"), and in no file ("m").
class ToyTable final : public TensorTable {
 public:
  size_t size() const override { return kNames.size(); }
  TensorInfo info(size_t i) const override { return {kNames.substr(i, 1), DType::kInt8, {}, 1}; }
  Result<std::shared_ptr<const TensorSource>> source(size_t /*i*/) const override {
    return Status(Reason::kUnsupported, "a toy");
  }
  std::optional<StoredAt> stored_at(size_t i) const override {
    if (kNames[i] == 'c') return StoredAt{"f", 0, 0, 1, Checksum{}};
    if (kNames[i] == 'u') return StoredAt{"f", 0, 1, 1, std::nullopt};
    return std::nullopt;
  }
  std::vector<StoredSlice> stored_slices(size_t i) const override {
    if (kNames[i] != 's') return {};
    return {{{}, {"f", 0, 2, 1, Checksum{}}}, {{}, {"f", 0, 3, 1, std::nullopt}}};
  }

 private:
  static constexpr std::string_view kNames = "cmsu";
};

TEST(UnprotectedTest, TensorsInFilesWithoutAChecksum) {
  const TensorDict dict(std::make_shared<ToyTable>());
  EXPECT_FALSE(LacksChecksum(dict, 0));
  EXPECT_FALSE(LacksChecksum(dict, 1));
  EXPECT_TRUE(LacksChecksum(dict, 2));
  EXPECT_TRUE(LacksChecksum(dict, 3));
  const Status status = CheckAllHaveChecksums(dict);
  EXPECT_EQ(status.reason(), Reason::kNoChecksum);
  EXPECT_EQ(status.message(), "2 tensors have no checksum: 's', 'u'");
  EXPECT_TRUE(CheckAllHaveChecksums(TensorDict()).ok());
}

}  // namespace
}  // namespace cairn
