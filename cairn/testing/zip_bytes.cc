#include "cairn/testing/zip_bytes.h"

#include <zlib.h>

#include <stdexcept>

namespace cairn {
namespace {

void AppendNumber(std::string& bytes, uint64_t value, int nbytes) {
  for (int i = 0; i < nbytes; ++i) bytes += static_cast<char>(value >> (8 * i));
}

uint32_t Crc32Of(const std::string& content) {
  return static_cast<uint32_t>(
      crc32(0, reinterpret_cast<const Bytef*>(content.data()), static_cast<uInt>(content.size())));
}

std::string LocalHeader(const ZipMemberBytes& member) {
  const std::string& name = member.local_name.empty() ? member.name : member.local_name;
  std::string bytes = "PK\x03\x04";
  AppendNumber(bytes, 20, 2);
  AppendNumber(bytes, member.flags, 2);
  AppendNumber(bytes, member.local_method.value_or(member.method), 2);
  AppendNumber(bytes, 0, 4);  // time and date
  AppendNumber(bytes, member.local_crc32.value_or(member.crc32), 4);
  AppendNumber(bytes, member.packed.size(), 4);
  AppendNumber(bytes, member.local_nbytes.value_or(static_cast<uint32_t>(member.nbytes)), 4);
  AppendNumber(bytes, name.size(), 2);
  AppendNumber(bytes, member.local_extra.size(), 2);
  return bytes + name + member.local_extra;
}

std::string CentralHeader(const ZipMemberBytes& member, uint64_t offset) {
  std::string bytes("PK\x01\x02");
  AppendNumber(bytes, 20, 2);
  AppendNumber(bytes, 20, 2);
  AppendNumber(bytes, member.flags, 2);
  AppendNumber(bytes, member.method, 2);
  AppendNumber(bytes, 0, 4);
  AppendNumber(bytes, member.crc32, 4);
  AppendNumber(bytes, member.packed.size(), 4);
  AppendNumber(bytes, member.nbytes, 4);
  AppendNumber(bytes, member.name.size(), 2);
  AppendNumber(bytes, member.extra.size(), 2);
  bytes.append(2 + 2 + 2 + 4, '\0');  // comment, disk, attributes
  AppendNumber(bytes, member.header_offset.value_or(static_cast<uint32_t>(offset)), 4);
  return bytes + member.name + member.extra;
}

}  // namespace

ZipMemberBytes StoredMember(std::string name, std::string content) {
  ZipMemberBytes member;
  member.name = std::move(name);
  member.crc32 = Crc32Of(content);
  member.nbytes = content.size();
  member.packed = std::move(content);
  return member;
}

ZipMemberBytes DeflatedMember(std::string name, std::string content) {
  ZipMemberBytes member = StoredMember(std::move(name), std::move(content));
  member.method = 8;
  z_stream state = {};
  if (deflateInit2(&state, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::runtime_error("deflateInit2");
  std::string packed(deflateBound(&state, member.packed.size()), '\0');
  state.next_in = reinterpret_cast<Bytef*>(member.packed.data());
  state.avail_in = static_cast<uInt>(member.packed.size());
  state.next_out = reinterpret_cast<Bytef*>(packed.data());
  state.avail_out = static_cast<uInt>(packed.size());
  deflate(&state, Z_FINISH);
  packed.resize(state.total_out);
  deflateEnd(&state);
  member.packed = std::move(packed);
  return member;
}

std::string ZipBytes::file() const {
  std::string bytes = before;
  std::string directory;
  for (const ZipMemberBytes& member : members) {
    directory += CentralHeader(member, bytes.size());
    if (member.has_own_data) bytes += LocalHeader(member) + member.packed;
  }
  const uint64_t offset = bytes.size();
  bytes += directory + between;
  const uint64_t count = num_members.value_or(static_cast<uint16_t>(members.size()));
  bytes += "PK\x05\x06";
  AppendNumber(bytes, 0, 4);
  AppendNumber(bytes, count, 2);
  AppendNumber(bytes, count, 2);
  AppendNumber(bytes, directory.size(), 4);
  AppendNumber(bytes, offset, 4);
  AppendNumber(bytes, comment.size(), 2);
  return bytes + comment;
}

std::string NpyBytes(const std::string& dict, const std::string& value) {
  std::string bytes("\x93NUMPY\x01\x00", 8);
  AppendNumber(bytes, dict.size(), 2);
  return bytes + dict + value;
}

}  // namespace cairn
