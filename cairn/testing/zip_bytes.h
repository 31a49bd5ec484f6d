// Zip archives made by hand for tests: right by default, wrong wherever a test says so.
#ifndef CAIRN_TESTING_ZIP_BYTES_H_
#define CAIRN_TESTING_ZIP_BYTES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cairn {

// The fields of one member; both headers say the same, unless `local_…` says otherwise.
struct ZipMemberBytes {
  std::string name;
  std::string packed;
  uint16_t method = 0;
  uint16_t flags = 0;
  uint32_t crc32 = 0;
  uint64_t nbytes = 0;
  std::string local_name = {};
  std::optional<uint16_t> local_method = {};
  std::optional<uint32_t> local_crc32 = {};
  std::optional<uint32_t> local_nbytes = {};
  std::string extra = {};  // of the directory
  std::string local_extra = {};
  std::optional<uint32_t> header_offset = {};
  bool has_own_data = true;  // false: only an entry of the directory
};

ZipMemberBytes StoredMember(std::string name, std::string content);
ZipMemberBytes DeflatedMember(std::string name, std::string content);

struct ZipBytes {
  std::vector<ZipMemberBytes> members;
  std::string before = {};   // the first member
  std::string between = {};  // directory and end
  std::string comment = {};
  std::optional<uint16_t> num_members = {};

  std::string file() const;
};

// "\x93NUMPY…" with this dict of a header, and the value.
std::string NpyBytes(const std::string& dict, const std::string& value);

}  // namespace cairn

#endif  // CAIRN_TESTING_ZIP_BYTES_H_
