#include "cairn/codec/sstable/table_writer.h"

#include <algorithm>

#include "cairn/core/escape.h"
#include "cairn/io/checksum.h"

namespace cairn::sstable {
namespace {

size_t SharedPrefix(std::string_view a, std::string_view b) {
  return static_cast<size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
}

// A short key k with last <= k < next.
std::string ShortestSeparator(const std::string& last, std::string_view next) {
  const size_t shared = SharedPrefix(last, next);
  if (shared == last.size() || shared == next.size()) return last;
  const auto byte = static_cast<uint8_t>(last[shared]);
  if (byte == 0xff || byte + 1 >= static_cast<uint8_t>(next[shared])) return last;
  std::string separator = last.substr(0, shared + 1);
  separator.back() = static_cast<char>(byte + 1);
  return separator;
}

// A short key >= last.
std::string ShortSuccessor(const std::string& last) {
  for (size_t i = 0; i < last.size(); ++i) {
    const auto byte = static_cast<uint8_t>(last[i]);
    if (byte == 0xff) continue;
    std::string successor = last.substr(0, i + 1);
    successor.back() = static_cast<char>(byte + 1);
    return successor;
  }
  return last;
}

}  // namespace

void TableWriter::BlockBuilder::Add(std::string_view key, std::string_view value) {
  size_t shared = 0;
  if (since_restart_ < restart_interval_) {
    shared = SharedPrefix(last_key_, key);
  } else {
    restarts_.push_back(static_cast<uint32_t>(contents_.size()));
    since_restart_ = 0;
  }
  AppendVarint(contents_, shared);
  AppendVarint(contents_, key.size() - shared);
  AppendVarint(contents_, value.size());
  contents_.append(key.substr(shared)).append(value);
  last_key_.assign(key);
  ++since_restart_;
}

std::string TableWriter::BlockBuilder::Finish() {
  for (uint32_t restart : restarts_) AppendFixed32(contents_, restart);
  AppendFixed32(contents_, static_cast<uint32_t>(restarts_.size()));
  std::string finished = std::move(contents_);
  *this = BlockBuilder(restart_interval_);
  return finished;
}

Status TableWriter::Add(std::string_view key, std::string_view value) {
  if (has_entries_ && key <= last_key_) {
    if (key == last_key_) return Status(Reason::kDuplicate, "key " + Quoted(key) + " comes twice");
    return Status(Reason::kOrder, "key " + Quoted(key) + " comes after " + Quoted(last_key_));
  }
  // TensorFlow's own rule, which leveldb lacks: a large entry begins a block.
  if (has_entries_ && key.size() + value.size() >= 2 * block_nbytes_) CutBlock();
  if (has_pending_) AddPendingIndexEntry(ShortestSeparator(last_key_, key));
  block_.Add(key, value);
  last_key_.assign(key);
  has_entries_ = true;
  if (block_.nbytes() >= block_nbytes_) CutBlock();
  return {};
}

void TableWriter::CutBlock() {
  if (block_.empty()) return;
  pending_ = AppendBlock(block_.Finish());
  has_pending_ = true;
}

void TableWriter::AddPendingIndexEntry(const std::string& separator) {
  std::string handle;
  AppendHandle(handle, pending_);
  index_.Add(separator, handle);
  has_pending_ = false;
}

BlockHandle TableWriter::AppendBlock(std::string contents) {
  const BlockHandle handle{file_.size(), contents.size()};
  contents += static_cast<char>(BlockType::kPlain);
  const uint32_t crc = Crc32c(AsBytes(contents));
  file_ += contents;
  AppendFixed32(file_, MaskCrc32c(crc));
  return handle;
}

std::string TableWriter::Finish() {
  CutBlock();
  Footer footer;
  footer.metaindex = AppendBlock(BlockBuilder(16).Finish());
  if (has_pending_) AddPendingIndexEntry(ShortSuccessor(last_key_));
  footer.index = AppendBlock(index_.Finish());
  AppendFooter(file_, footer);
  return std::move(file_);
}

}  // namespace cairn::sstable
