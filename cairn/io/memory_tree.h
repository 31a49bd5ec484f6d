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

// A change of one name in a directory. Operations are numbered from 1, in their order; a rename is
// one operation that makes two changes.
struct NameChange {
  uint64_t operation = 0;
  std::string name;
  std::shared_ptr<Node> node;  // null: the name was removed
};
void Apply(const NameChange& change, Entries& entries);

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

  // A directory has its entries, those as of the last SyncEntries, and the changes since then,
  // which a power cut may undo.
  Entries entries;
  Entries durable_entries;
  std::vector<NameChange> unsynced_changes;
  void Change(NameChange change);
  void SyncEntries();
  // Makes `node` the entry of a name, in `entries` and after every power cut.
  void SetDurableEntry(const std::string& name, const std::shared_ptr<Node>& node);

  // The content, if this is a file.
  uint64_t size() const { return content_->size(); }
  const Content& content() const { return *content_; }
  const Content& durable_content() const { return *durable_content_; }
  // The bytes as they are now, whatever is written later.
  std::shared_ptr<const Content> TakeSnapshot();
  void Write(uint64_t offset, Bytes bytes);
  void Resize(uint64_t nbytes);
  void Sync() { durable_content_ = TakeSnapshot(); }
  bool is_synced() const { return *durable_content_ == *content_; }

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

  // Returns the node that is there, or null.
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

}  // namespace cairn::memory

#endif  // CAIRN_IO_MEMORY_TREE_H_
