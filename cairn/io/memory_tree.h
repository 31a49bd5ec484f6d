// The files and directories of a MemoryFileSystem: as they are, and as a power cut would leave
// them.
#ifndef CAIRN_IO_MEMORY_TREE_H_
#define CAIRN_IO_MEMORY_TREE_H_

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/io/file_system.h"

namespace cairn::memory {

using Content = std::vector<std::byte>;

class Node;
using Entries = std::map<std::string, std::shared_ptr<Node>, std::less<>>;

// A file or a directory. Whoever opened it keeps it alive, whatever happens to its names.
class Node {
 public:
  // `used` counts the bytes of all files of the tree.
  Node(FileKind kind, std::shared_ptr<std::atomic<uint64_t>> used);
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;
  ~Node();

  bool is_directory() const { return kind_ == FileKind::kDirectory; }
  FileKind kind() const { return kind_; }

  // Of a directory: its entries, and those that a power cut leaves.
  Entries entries;
  Entries durable_entries;

  // Of a file.
  uint64_t size() const { return content_->size(); }
  const Content& content() const { return *content_; }
  const Content& durable_content() const { return *durable_content_; }
  // The bytes as they are now, whatever is written later.
  std::shared_ptr<const Content> TakeSnapshot();
  void Write(uint64_t offset, Bytes bytes);
  void Resize(uint64_t nbytes);
  void Sync() { durable_content_ = TakeSnapshot(); }

  // When it last changed, on a clock that counts the changes of the whole tree.
  int64_t modified = 0;
  bool is_locked = false;

 private:
  Content& Writable();

  FileKind kind_;
  std::shared_ptr<std::atomic<uint64_t>> used_;
  std::shared_ptr<Content> content_;
  bool has_snapshots_ = false;  // the next write goes to a copy
  std::shared_ptr<const Content> durable_content_;
};

// Where a path leads: the directory, and the name in it. The name is empty where the path ends in
// `.`, `..` or names the root; the directory is then what it names.
struct Place {
  std::shared_ptr<Node> directory;
  std::string name;
  bool ends_in_slash = false;

  // What is there, or null.
  std::shared_ptr<Node> node() const;
};

// Errors: kMissing (empty), kPath (a zero byte; 4096 bytes or more).
Status CheckPath(const std::string& path);
// Errors: those, kMissing (a part on the way that is missing or no directory), kPath (a name longer
// than 255 bytes).
Result<Place> FindPlace(const std::shared_ptr<Node>& root, const std::string& path);
// Errors: those, and kMissing for what is not there.
Result<std::shared_ptr<Node>> FindNode(const std::shared_ptr<Node>& root, const std::string& path);

// Whether `inner` is `outer` or lies below it.
bool IsWithin(const std::shared_ptr<Node>& inner, const std::shared_ptr<Node>& outer);

enum class Keep : uint8_t { kDurableEntries, kAllEntries };

// A copy of the tree of what a power cut leaves: see MemoryFileSystem::AfterPowerCut.
std::shared_ptr<Node> CopyDurable(const std::shared_ptr<Node>& root, Keep keep,
                                  const std::shared_ptr<std::atomic<uint64_t>>& used);

}  // namespace cairn::memory

#endif  // CAIRN_IO_MEMORY_TREE_H_
