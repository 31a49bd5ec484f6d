#include "cairn/codec/zip/zip_head.h"

#include <gtest/gtest.h>

#include <string>

#include "cairn/codec/zip/zip_writer.h"

namespace cairn {
namespace {

TEST(FirstZipMember, IsNamedByTheLocalHeader) {
  const ZipMember member = MakeZipMember("w.npy", ZipMethod::kStored);
  const std::string header = EncodeZipLocalHeader(member, false, 64) + "values";
  EXPECT_EQ(FirstZipMember(header), "w.npy");
  EXPECT_EQ(FirstZipMember(header.substr(0, 32)), "w.");
  EXPECT_EQ(FirstZipMember(header.substr(0, 30)), "");
  EXPECT_EQ(FirstZipMember(header.substr(0, 29)), std::nullopt);
}

TEST(FirstZipMember, IsNotThereInAnEmptyArchive) {
  EXPECT_EQ(FirstZipMember(EncodeZipDirectory({}, 0, 0)), "");
}

TEST(FirstZipMember, IsNotFoundInOtherFiles) {
  const std::string central("PK\x01\x02", 4);
  for (const std::string& head : {std::string(), std::string("PK"), central,
                                  central + std::string(40, 'x'), std::string(40, '\0')})
    EXPECT_EQ(FirstZipMember(head), std::nullopt) << head;
}

}  // namespace
}  // namespace cairn
