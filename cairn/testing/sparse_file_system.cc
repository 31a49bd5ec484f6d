#include "cairn/testing/sparse_file_system.h"

#include <algorithm>
#include <array>

#include "cairn/core/checked_math.h"

namespace cairn {
namespace {

constexpr uint64_t kPageNbytes = 4096;
constexpr std::array<std::byte, kPageNbytes> kZeros = {};

}  // namespace

// Safe to use from several threads.
class SparseFileSystem::Content {
 public:
  uint64_t size() const {
    const std::lock_guard lock(mutex_);
    return size_;
  }
  void Grow(uint64_t size) {
    const std::lock_guard lock(mutex_);
    size_ = std::max(size_, size);
  }

  void Write(uint64_t offset, Bytes bytes) {
    const std::lock_guard lock(mutex_);
    size_ = std::max(size_, offset + bytes.size());
    ForEachPage(
        offset, bytes.size(), [&](uint64_t page, uint64_t in_page, uint64_t done, uint64_t count) {
          const Bytes part = bytes.subspan(done, count);
          const bool is_zero = std::memcmp(part.data(), kZeros.data(), count) == 0;
          if (is_zero && !pages_.contains(page)) return;
          std::ranges::copy(part, pages_[page].begin() + static_cast<std::ptrdiff_t>(in_page));
        });
  }

  void Read(uint64_t offset, MutableBytes out) const {
    const std::lock_guard lock(mutex_);
    ForEachPage(offset, out.size(),
                [&](uint64_t page, uint64_t in_page, uint64_t done, uint64_t count) {
                  const auto found = pages_.find(page);
                  const Bytes from = found == pages_.end() ? Bytes(kZeros) : Bytes(found->second);
                  std::ranges::copy(from.subspan(in_page, count),
                                    out.begin() + static_cast<std::ptrdiff_t>(done));
                });
  }

 private:
  template <typename Use>
  static void ForEachPage(uint64_t offset, uint64_t nbytes, Use use) {
    for (uint64_t done = 0; done < nbytes;) {
      const uint64_t in_page = (offset + done) % kPageNbytes;
      const uint64_t count = std::min(kPageNbytes - in_page, nbytes - done);
      use((offset + done) / kPageNbytes, in_page, done, count);
      done += count;
    }
  }

  mutable std::mutex mutex_;
  uint64_t size_ = 0;
  std::map<uint64_t, std::array<std::byte, kPageNbytes>> pages_;
};

namespace {

using ContentPtr = std::shared_ptr<SparseFileSystem::Content>;

class SparseReader final : public RandomAccessFile {
 public:
  SparseReader(ContentPtr content, std::string path)
      : content_(std::move(content)), path_(std::move(path)), size_(content_->size()) {}

  Status ReadAt(uint64_t offset, MutableBytes out) const override {
    if (!RangeFits(offset, out.size(), size_))
      return Status(Reason::kTruncated, "a read past the end").AtPath(path_);
    content_->Read(offset, out);
    return {};
  }
  uint64_t size() const override { return size_; }
  const std::string& path() const override { return path_; }

 private:
  ContentPtr content_;
  std::string path_;
  uint64_t size_;
};

class SparseWriter final : public WritableFile {
 public:
  SparseWriter(ContentPtr content, std::string path)
      : content_(std::move(content)), path_(std::move(path)) {}

  Status WriteAt(uint64_t offset, Bytes bytes) override {
    content_->Write(offset, bytes);
    return {};
  }
  Status Allocate(uint64_t nbytes) override {
    content_->Grow(nbytes);
    return {};
  }
  Status Sync() override { return {}; }
  Status Close() override { return {}; }
  const std::string& path() const override { return path_; }

 private:
  ContentPtr content_;
  std::string path_;
};

}  // namespace

Result<ContentPtr> SparseFileSystem::Find(const std::string& path) const {
  const auto found = files_.find(path);
  if (found == files_.end()) return Status(Reason::kMissing, "no such file").AtPath(path);
  return found->second;
}

Result<std::shared_ptr<const RandomAccessFile>> SparseFileSystem::OpenForReading(
    const std::string& path, Access /*access*/) {
  CAIRN_ASSIGN_OR_RETURN(ContentPtr content, Find(path));
  return std::make_shared<const SparseReader>(std::move(content), path);
}

Result<std::unique_ptr<WritableFile>> SparseFileSystem::CreateForWriting(const std::string& path) {
  const auto [file, is_new] = files_.try_emplace(path, std::make_shared<Content>());
  if (!is_new) return Status(Reason::kExists, "exists").AtPath(path);
  return std::make_unique<SparseWriter>(file->second, path);
}

Result<FileInfo> SparseFileSystem::Stat(const std::string& path) {
  CAIRN_ASSIGN_OR_RETURN(const ContentPtr content, Find(path));
  return FileInfo{FileKind::kRegular, content->size()};
}

Result<std::vector<std::string>> SparseFileSystem::List(const std::string& /*directory*/) {
  std::vector<std::string> names;
  for (const auto& [path, content] : files_) names.push_back(path);
  return names;
}

Status SparseFileSystem::Rename(const std::string& from, const std::string& to) {
  CAIRN_ASSIGN_OR_RETURN(ContentPtr content, Find(from));
  files_.erase(from);
  files_[to] = std::move(content);
  return {};
}

Status SparseFileSystem::RenameNoReplace(const std::string& from, const std::string& to) {
  if (files_.contains(to)) return Status(Reason::kExists, "exists").AtPath(to);
  return Rename(from, to);
}

Status SparseFileSystem::Remove(const std::string& path) {
  CAIRN_RETURN_IF_ERROR(Find(path).status());
  files_.erase(path);
  return {};
}

Result<FreeSpace> SparseFileSystem::GetFreeSpace(const std::string& /*directory*/) {
  return FreeSpace{uint64_t{1} << 60, std::nullopt};
}

}  // namespace cairn
