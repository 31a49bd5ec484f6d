#include "cairn/engines/tensorflow/worker_protocol.h"

#include <algorithm>

#include "cairn/core/byte_reader.h"
#include "cairn/core/escape.h"
#include "cairn/engines/tensorflow/message_fields.h"

namespace cairn::tensorflow {
namespace {

Reason ReasonOf(uint64_t number) {
  const bool is_known = number > 0 && number <= static_cast<uint64_t>(Reason::kIo);
  return is_known ? static_cast<Reason>(number) : Reason::kEngine;
}

// Texts of errors are escaped already, but another process can say anything.
std::string Printable(const std::string& text) { return Unescape(text) ? text : Escape(text); }

}  // namespace

std::string EncodeError(const Status& error) {
  FieldWriter writer;
  writer.Number(static_cast<uint64_t>(error.reason()));
  writer.Text(error.path());
  writer.Text(error.text());
  writer.Text(error.hint());
  return writer.TakeBody();
}

Status DecodeError(const std::string& body) {
  FieldReader reader(body);
  const Reason reason = ReasonOf(reader.Number());
  const std::string path = reader.Text();
  const std::string text = reader.Text();
  const std::string hint = reader.Text();
  CAIRN_RETURN_IF_ERROR(reader.Finish());
  return Status(reason, Printable(text)).AtPath(path).WithHint(Printable(hint));
}

uint64_t StoredNbytes(const StringTensor& strings) {
  return strings.size() * sizeof(uint64_t) + strings.total_nbytes();
}

void StoreStrings(const StringTensor& strings, MutableBytes out) {
  std::byte* length = out.data();
  std::byte* bytes = length + strings.size() * sizeof(uint64_t);
  for (size_t i = 0; i < strings.size(); ++i) {
    StoreLittleEndian<uint64_t>(length, strings[i].size());
    length += sizeof(uint64_t);
    CopyBytes(AsBytes(strings[i]), bytes);
    bytes += strings[i].size();
  }
}

Result<StringTensor> LoadStrings(Bytes stored, uint64_t count) {
  const Status malformed(Reason::kEngine, "strings from another process are malformed");
  if (count > stored.size() / sizeof(uint64_t)) return malformed;
  ByteReader lengths(stored.first(count * sizeof(uint64_t)));
  ByteReader bytes(stored.subspan(count * sizeof(uint64_t)));
  StringTensor strings;
  strings.Reserve(count, bytes.remaining());
  while (const auto length = lengths.ReadFixed<uint64_t>()) {
    const auto element = bytes.ReadBytes(*length);
    if (!element) return malformed;
    strings.Add(AsText(*element));
  }
  if (!bytes.done()) return malformed;
  return strings;
}

}  // namespace cairn::tensorflow
