#include "cairn/io/memory_file_system.h"

#include <algorithm>
#include <atomic>
#include <mutex>

#include "cairn/core/checked_math.h"
#include "cairn/core/escape.h"
#include "cairn/io/memory_power_cut.h"
#include "cairn/io/memory_tree.h"
#include "cairn/io/path.h"

namespace cairn {

using memory::FindNode;
using memory::FindPlace;
using memory::Node;
using memory::Place;

struct MemoryFileSystem::State {
  explicit State(uint64_t max_nbytes) : capacity(max_nbytes) {}

  // Errors: kTooBig, kNoSpace.
  Status CheckRoom(const std::string& path, uint64_t old_size, uint64_t new_size) const {
    if (new_size > INT64_MAX) return Status(Reason::kTooBig, "2^63 bytes or more").AtPath(path);
    const uint64_t free = capacity - *used;
    if (new_size <= old_size || new_size - old_size <= free) return {};
    return Status(Reason::kNoSpace, std::to_string(new_size - old_size) + " more bytes needed, " +
                                        std::to_string(free) + " free")
        .AtPath(path);
  }

  // Takes the place of a clock.
  void Touch(Node& node) { node.modified = ++num_changes; }

  std::mutex mutex;  // of everything below
  int64_t num_changes = 0;
  const uint64_t capacity;
  const std::shared_ptr<std::atomic<uint64_t>> used = std::make_shared<std::atomic<uint64_t>>(0);
  uint64_t num_operations = 0;  // on names
  std::shared_ptr<Node> root = std::make_shared<Node>(FileKind::kDirectory, used);
};

// A file as it is, its size as of the opening.
class MemoryReader final : public RandomAccessFile {
 public:
  MemoryReader(std::shared_ptr<MemoryFileSystem::State> state, std::shared_ptr<Node> node,
               std::string path)
      : state_(std::move(state)),
        node_(std::move(node)),
        size_(node_->size()),
        path_(std::move(path)) {}

  Status ReadAt(uint64_t offset, MutableBytes out) const override {
    if (!RangeFits(offset, out.size(), size_))
      return PastTheEnd(offset, out.size(), size_).AtPath(path_);
    std::scoped_lock lock(state_->mutex);
    if (!RangeFits(offset, out.size(), node_->size()))
      return Status(Reason::kChanged, "it was cut while open").AtPath(path_);
    CopyBytes(Bytes(node_->content()).subspan(offset, out.size()), out.data());
    return {};
  }
  uint64_t size() const override { return size_; }
  const std::string& path() const override { return path_; }

 private:
  std::shared_ptr<MemoryFileSystem::State> state_;
  std::shared_ptr<Node> node_;
  uint64_t size_;
  std::string path_;
};

class MemoryWriter final : public WritableFile {
 public:
  MemoryWriter(std::shared_ptr<MemoryFileSystem::State> state, std::shared_ptr<Node> node,
               std::string path)
      : state_(std::move(state)), node_(std::move(node)), path_(std::move(path)) {}

  Status WriteAt(uint64_t offset, Bytes bytes) override {
    std::scoped_lock lock(state_->mutex);
    CAIRN_RETURN_IF_ERROR(CheckOpen());
    const auto end = CheckedAdd(offset, bytes.size());
    CAIRN_RETURN_IF_ERROR(state_->CheckRoom(path_, node_->size(), end.value_or(UINT64_MAX)));
    node_->Write(offset, bytes);
    state_->Touch(*node_);
    return {};
  }

  Status Allocate(uint64_t nbytes) override {
    std::scoped_lock lock(state_->mutex);
    CAIRN_RETURN_IF_ERROR(CheckOpen());
    if (nbytes == 0) return {};
    CAIRN_RETURN_IF_ERROR(state_->CheckRoom(path_, node_->size(), nbytes));
    node_->Resize(nbytes);
    state_->Touch(*node_);
    return {};
  }

  Status Sync() override {
    std::scoped_lock lock(state_->mutex);
    CAIRN_RETURN_IF_ERROR(CheckOpen());
    node_->Sync();
    return {};
  }

  Status Close() override {
    std::scoped_lock lock(state_->mutex);
    CAIRN_RETURN_IF_ERROR(CheckOpen());
    is_open_ = false;
    return {};
  }

  const std::string& path() const override { return path_; }

 private:
  Status CheckOpen() const {
    return is_open_ ? Status() : Status(Reason::kIo, "was closed").AtPath(path_);
  }

  std::shared_ptr<MemoryFileSystem::State> state_;
  std::shared_ptr<Node> node_;
  std::string path_;
  bool is_open_ = true;
};

class MemoryLockedFile final : public LockedFile {
 public:
  MemoryLockedFile(std::shared_ptr<MemoryFileSystem::State> state, std::shared_ptr<Node> node)
      : state_(std::move(state)), node_(std::move(node)) {
    node_->is_locked = true;
  }
  MemoryLockedFile(const MemoryLockedFile&) = delete;
  MemoryLockedFile& operator=(const MemoryLockedFile&) = delete;
  ~MemoryLockedFile() override {
    std::scoped_lock lock(state_->mutex);
    node_->is_locked = false;
  }

  bool is_exclusive() const override { return true; }

  Result<std::string> Read() const override {
    std::scoped_lock lock(state_->mutex);
    return std::string(AsText(node_->content()));
  }

  Status Replace(Bytes content) override {
    std::scoped_lock lock(state_->mutex);
    node_->Resize(0);
    node_->Write(0, content);
    state_->Touch(*node_);
    node_->Sync();
    return {};
  }

 private:
  std::shared_ptr<MemoryFileSystem::State> state_;
  std::shared_ptr<Node> node_;
};

namespace {

// A snapshot that keeps its bytes.
struct MappedSnapshot {
  MappedSnapshot(std::shared_ptr<const memory::Content> bytes, const std::string& path)
      : content(std::move(bytes)), file(Bytes(*content), path) {}
  std::shared_ptr<const memory::Content> content;
  MemoryFile file;
};

Status NotAFile(const std::string& path) {
  return Status(Reason::kFileType, "is a directory").AtPath(path);
}

Status NotADirectory(const std::string& path) {
  return Status(Reason::kFileType, "is not a directory").AtPath(path);
}

Result<std::shared_ptr<Node>> FindDirectory(const std::shared_ptr<Node>& root,
                                            const std::string& path) {
  CAIRN_ASSIGN_OR_RETURN(std::shared_ptr<Node> node, FindNode(root, path));
  if (!node->is_directory()) return NotADirectory(path);
  return node;
}

// The errors that POSIX has for a rename whose names are known.
Status CheckRename(const Place& from, const Place& to, const std::string& from_path,
                   const std::string& to_path) {
  const std::shared_ptr<Node> source = from.node();
  if (from.name.empty() || to.name.empty())
    return Status(Reason::kIo, "is a directory in use, not renamed to " + Escape(to_path))
        .AtPath(from_path);
  if (!source) return Status(Reason::kMissing, "not found").AtPath(from_path);
  if (!source->is_directory() && (from.ends_in_slash || to.ends_in_slash))
    return Status(Reason::kMissing, "is not a directory").AtPath(from_path);
  if (source->is_directory() && memory::IsWithin(to.directory, source))
    return Status(Reason::kIo, "lies in " + from_path).AtPath(to_path);
  const std::shared_ptr<Node> target = to.node();
  if (!target || target == source) return {};
  if (target->is_directory() && !source->is_directory()) return NotAFile(to_path);
  if (!target->is_directory() && source->is_directory()) return NotADirectory(to_path);
  if (!target->entries.empty()) return Status(Reason::kExists, "is not empty").AtPath(to_path);
  return {};
}

Status RenameIn(const std::shared_ptr<Node>& root, const std::string& from_path,
                const std::string& to_path, bool may_replace, uint64_t operation) {
  CAIRN_ASSIGN_OR_RETURN(const Place from, FindPlace(root, from_path));
  CAIRN_ASSIGN_OR_RETURN(const Place to, FindPlace(root, to_path));
  if (!may_replace && from.node() && to.node())
    return Status(Reason::kExists, "exists").AtPath(to_path);
  CAIRN_RETURN_IF_ERROR(CheckRename(from, to, from_path, to_path));
  const std::shared_ptr<Node> node = from.node();
  from.directory->Change({operation, from.name, nullptr});
  to.directory->Change({operation, to.name, node});
  return {};
}

}  // namespace

MemoryFileSystem::MemoryFileSystem(uint64_t capacity)
    : MemoryFileSystem(std::make_shared<State>(capacity)) {}

MemoryFileSystem::MemoryFileSystem(std::shared_ptr<State> state) : state_(std::move(state)) {}

MemoryFileSystem::~MemoryFileSystem() = default;

Result<std::shared_ptr<const RandomAccessFile>> MemoryFileSystem::OpenForReading(
    const std::string& path, Access access) {
  std::scoped_lock lock(state_->mutex);
  CAIRN_ASSIGN_OR_RETURN(const std::shared_ptr<Node> node, FindNode(state_->root, path));
  if (node->is_directory()) return NotAFile(path);
  if (access == Access::kRead) return std::make_shared<const MemoryReader>(state_, node, path);
  if (access == Access::kMapPrivate)
    return std::make_shared<const MemoryFile>(memory::Content(*node->TakeSnapshot()), path);
  const auto snapshot = std::make_shared<const MappedSnapshot>(node->TakeSnapshot(), path);
  return std::shared_ptr<const RandomAccessFile>(snapshot, &snapshot->file);
}

Result<std::unique_ptr<WritableFile>> MemoryFileSystem::CreateForWriting(const std::string& path) {
  std::scoped_lock lock(state_->mutex);
  CAIRN_ASSIGN_OR_RETURN(const Place place, FindPlace(state_->root, path));
  if (place.ends_in_slash) return Status(Reason::kFileType, "names a directory").AtPath(path);
  if (place.node()) return Status(Reason::kExists, "exists").AtPath(path);
  auto node = std::make_shared<Node>(FileKind::kRegular, state_->used);
  place.directory->Change({++state_->num_operations, place.name, node});
  return std::make_unique<MemoryWriter>(state_, std::move(node), path);
}

// The copy of a reflink takes memory; nobody can tell.
Result<std::unique_ptr<WritableFile>> MemoryFileSystem::CreateSharing(const std::string& path,
                                                                      const std::string& from,
                                                                      Sharing sharing) {
  std::scoped_lock lock(state_->mutex);
  CAIRN_ASSIGN_OR_RETURN(std::shared_ptr<Node> node, FindNode(state_->root, from));
  if (node->is_directory()) return Status(Reason::kFileType, "is a directory").AtPath(from);
  CAIRN_ASSIGN_OR_RETURN(const Place place, FindPlace(state_->root, path));
  if (place.ends_in_slash) return Status(Reason::kFileType, "names a directory").AtPath(path);
  if (place.node()) return Status(Reason::kExists, "exists").AtPath(path);
  if (sharing == Sharing::kReflink) {
    auto copy = std::make_shared<Node>(FileKind::kRegular, state_->used);
    copy->Write(0, node->content());
    node = std::move(copy);
  }
  place.directory->Change({++state_->num_operations, place.name, node});
  return std::make_unique<MemoryWriter>(state_, std::move(node), path);
}

Result<FileInfo> MemoryFileSystem::Stat(const std::string& path) {
  std::scoped_lock lock(state_->mutex);
  CAIRN_ASSIGN_OR_RETURN(const std::shared_ptr<Node> node, FindNode(state_->root, path));
  return FileInfo{.kind = node->kind(),
                  .size = node->size(),
                  .id = {0, reinterpret_cast<uintptr_t>(node.get())},
                  .modified_ns = node->modified};
}

Result<std::vector<std::string>> MemoryFileSystem::List(const std::string& directory) {
  std::scoped_lock lock(state_->mutex);
  CAIRN_ASSIGN_OR_RETURN(const auto node, FindDirectory(state_->root, directory));
  std::vector<std::string> names;
  for (const auto& [name, child] : node->entries) names.push_back(name);
  return names;
}

Status MemoryFileSystem::CreateDirectories(const std::string& path) {
  std::scoped_lock lock(state_->mutex);
  CAIRN_RETURN_IF_ERROR(memory::CheckPath(path));
  for (size_t end = 0; end != std::string::npos;) {
    end = path.find('/', end + 1);
    const std::string part = path.substr(0, end);
    CAIRN_ASSIGN_OR_RETURN(const Place place, FindPlace(state_->root, part));
    const std::shared_ptr<Node> node = place.node();
    if (node && !node->is_directory()) return NotADirectory(part);
    if (node) continue;
    place.directory->entries[place.name] =
        std::make_shared<Node>(FileKind::kDirectory, state_->used);
    place.directory->SyncEntries();
  }
  return {};
}

Status MemoryFileSystem::Rename(const std::string& from, const std::string& to) {
  std::scoped_lock lock(state_->mutex);
  return RenameIn(state_->root, from, to, true, ++state_->num_operations);
}

Status MemoryFileSystem::RenameNoReplace(const std::string& from, const std::string& to) {
  std::scoped_lock lock(state_->mutex);
  return RenameIn(state_->root, from, to, false, ++state_->num_operations);
}

Status MemoryFileSystem::Remove(const std::string& path) {
  std::scoped_lock lock(state_->mutex);
  CAIRN_ASSIGN_OR_RETURN(const std::shared_ptr<Node> node, FindNode(state_->root, path));
  if (node->is_directory()) return NotAFile(path);
  CAIRN_ASSIGN_OR_RETURN(const Place place, FindPlace(state_->root, path));
  place.directory->Change({++state_->num_operations, place.name, nullptr});
  return {};
}

Status MemoryFileSystem::RemoveDirectory(const std::string& path) {
  std::scoped_lock lock(state_->mutex);
  CAIRN_ASSIGN_OR_RETURN(const auto node, FindDirectory(state_->root, path));
  CAIRN_ASSIGN_OR_RETURN(const Place place, FindPlace(state_->root, path));
  if (place.name.empty()) return Status(Reason::kIo, "is a directory in use").AtPath(path);
  if (!node->entries.empty()) return Status(Reason::kExists, "is not empty").AtPath(path);
  place.directory->Change({++state_->num_operations, place.name, nullptr});
  return {};
}

Status MemoryFileSystem::SyncDirectory(const std::string& directory) {
  std::scoped_lock lock(state_->mutex);
  CAIRN_ASSIGN_OR_RETURN(const auto node, FindDirectory(state_->root, directory));
  node->SyncEntries();
  return {};
}

Result<FreeSpace> MemoryFileSystem::GetFreeSpace(const std::string& directory) {
  std::scoped_lock lock(state_->mutex);
  CAIRN_RETURN_IF_ERROR(FindNode(state_->root, directory).status());
  return FreeSpace{state_->capacity - *state_->used, std::nullopt};
}

Result<std::unique_ptr<LockedFile>> MemoryFileSystem::Lock(const std::string& path) {
  std::scoped_lock lock(state_->mutex);
  CAIRN_ASSIGN_OR_RETURN(const Place place, FindPlace(state_->root, path));
  std::shared_ptr<Node> node = place.node();
  if (place.ends_in_slash || (node && node->is_directory())) return NotAFile(path);
  if (node && node->is_locked) return Status(Reason::kLocked, "is locked").AtPath(path);
  if (!node) {
    node = std::make_shared<Node>(FileKind::kRegular, state_->used);
    place.directory->Change({++state_->num_operations, place.name, node});
  }
  return std::make_unique<MemoryLockedFile>(state_, std::move(node));
}

std::unique_ptr<MemoryFileSystem> MemoryFileSystem::AfterPowerCut(Survives survives) const {
  if (survives == Survives::kSynced) return AfterPowerCut(PowerCut{});
  const UnsyncedChanges changes = ListUnsyncedChanges();
  return AfterPowerCut(
      PowerCut{std::vector<bool>(changes.names.size(), true),
               std::vector<FileRemains>(changes.files.size(), FileRemains::kZeros)});
}

std::unique_ptr<MemoryFileSystem> MemoryFileSystem::AfterPowerCut(const PowerCut& cut) const {
  std::scoped_lock lock(state_->mutex);
  auto after = std::make_shared<State>(state_->capacity);
  after->root = memory::CopyAfter(state_->root, cut, after->used);
  return std::unique_ptr<MemoryFileSystem>(new MemoryFileSystem(std::move(after)));
}

UnsyncedChanges MemoryFileSystem::ListUnsyncedChanges() const {
  std::scoped_lock lock(state_->mutex);
  UnsyncedChanges changes;
  memory::Unsynced unsynced = memory::FindUnsynced(state_->root);
  for (auto& names : unsynced.names) changes.names.push_back(std::move(names.text));
  for (auto& file : unsynced.files) changes.files.push_back(std::move(file.path));
  return changes;
}

Status MemoryFileSystem::Put(const std::string& path, Bytes content) {
  CAIRN_RETURN_IF_ERROR(CreateDirectories(DirectoryOf(path)));
  std::scoped_lock lock(state_->mutex);
  CAIRN_ASSIGN_OR_RETURN(const Place place, FindPlace(state_->root, path));
  const std::shared_ptr<Node> old = place.node();
  if (place.ends_in_slash || (old && old->is_directory())) return NotAFile(path);
  CAIRN_RETURN_IF_ERROR(state_->CheckRoom(path, 0, content.size()));
  auto node = std::make_shared<Node>(FileKind::kRegular, state_->used);
  node->Write(0, content);
  node->Sync();
  state_->Touch(*node);
  place.directory->SetDurableEntry(place.name, node);
  return {};
}

Result<std::vector<std::byte>> MemoryFileSystem::Get(const std::string& path) const {
  std::scoped_lock lock(state_->mutex);
  CAIRN_ASSIGN_OR_RETURN(const std::shared_ptr<Node> node, FindNode(state_->root, path));
  if (node->is_directory()) return NotAFile(path);
  return node->content();
}

}  // namespace cairn
