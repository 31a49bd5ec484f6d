#include "cairn/io/memory_tree.h"

#include <algorithm>

namespace cairn::memory {
namespace {

constexpr size_t kMaxName = 255;   // NAME_MAX
constexpr size_t kMaxPath = 4095;  // PATH_MAX without its zero

std::vector<std::string_view> Split(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    const std::string_view part = path.substr(0, path.find('/'));
    if (!part.empty()) parts.push_back(part);
    path.remove_prefix(std::min(part.size() + 1, path.size()));
  }
  return parts;
}

Status Missing(const std::string& path) {
  return Status(Reason::kMissing, "not found").AtPath(path);
}

bool IsDots(std::string_view part) { return part == "." || part == ".."; }

// The directories from the root to where a walk has come.
class Walk {
 public:
  Walk(const std::shared_ptr<Node>& root, const std::string& path) : path_(path), nodes_{root} {}

  const std::shared_ptr<Node>& node() const { return nodes_.back(); }

  Status CheckName(std::string_view name) const {
    if (!node()->is_directory()) return Missing(path_);
    return name.size() > kMaxName ? Status(Reason::kPath, "a name is too long").AtPath(path_)
                                  : Status();
  }

  Status Step(std::string_view part) {
    CAIRN_RETURN_IF_ERROR(CheckName(part));
    if (part == ".") return {};
    if (part == "..") {
      if (nodes_.size() > 1) nodes_.pop_back();
      return {};
    }
    const auto entry = node()->entries.find(part);
    if (entry == node()->entries.end()) return Missing(path_);
    nodes_.push_back(entry->second);
    return {};
  }

 private:
  const std::string& path_;
  std::vector<std::shared_ptr<Node>> nodes_;
};

}  // namespace

Node::Node(FileKind kind, std::shared_ptr<std::atomic<uint64_t>> used)
    : kind_(kind),
      used_(std::move(used)),
      content_(std::make_shared<Content>()),
      durable_content_(std::make_shared<const Content>()) {}

Node::~Node() { *used_ -= content_->size(); }

void Apply(const NameChange& change, Entries& entries) {
  if (change.node) {
    entries[change.name] = change.node;
  } else {
    entries.erase(change.name);
  }
}

void Node::Change(NameChange change) {
  Apply(change, entries);
  unsynced_changes.push_back(std::move(change));
}

void Node::SyncEntries() {
  durable_entries = entries;
  unsynced_changes.clear();
}

void Node::SetDurableEntry(const std::string& name, const std::shared_ptr<Node>& node) {
  entries[name] = node;
  durable_entries[name] = node;
  std::erase_if(unsynced_changes, [&](const NameChange& change) { return change.name == name; });
}

std::shared_ptr<const Content> Node::TakeSnapshot() {
  has_snapshots_ = true;
  return content_;
}

Content& Node::Writable() {
  if (has_snapshots_) content_ = std::make_shared<Content>(*content_);
  has_snapshots_ = false;
  return *content_;
}

void Node::Write(uint64_t offset, Bytes bytes) {
  if (bytes.empty()) return;
  Resize(std::max<uint64_t>(size(), offset + bytes.size()));
  CopyBytes(bytes, Writable().data() + offset);
}

void Node::Resize(uint64_t nbytes) {
  if (nbytes == size()) return;
  *used_ += nbytes - size();  // wraps to a subtraction where the file shrinks
  Writable().resize(nbytes);
}

std::shared_ptr<Node> Place::node() const {
  if (name.empty()) return directory;
  const auto entry = directory->entries.find(name);
  return entry == directory->entries.end() ? nullptr : entry->second;
}

Status CheckPath(const std::string& path) {
  if (path.empty()) return Status(Reason::kMissing, "an empty path");
  if (path.find('\0') != std::string::npos)
    return Status(Reason::kPath, "a path with a zero byte in it");
  if (path.size() > kMaxPath) return Status(Reason::kPath, "is too long").AtPath(path);
  return {};
}

Result<Place> FindPlace(const std::shared_ptr<Node>& root, const std::string& path) {
  CAIRN_RETURN_IF_ERROR(CheckPath(path));
  std::vector<std::string_view> parts = Split(path);
  Place place{root, "", path.ends_with('/')};
  if (!parts.empty() && !IsDots(parts.back())) {
    place.name = parts.back();
    parts.pop_back();
  }
  Walk walk(root, path);
  for (std::string_view part : parts) CAIRN_RETURN_IF_ERROR(walk.Step(part));
  CAIRN_RETURN_IF_ERROR(walk.CheckName(place.name));
  place.directory = walk.node();
  return place;
}

Result<std::shared_ptr<Node>> FindNode(const std::shared_ptr<Node>& root, const std::string& path) {
  CAIRN_ASSIGN_OR_RETURN(const Place place, FindPlace(root, path));
  std::shared_ptr<Node> node = place.node();
  if (!node || (place.ends_in_slash && !node->is_directory())) return Missing(path);
  return node;
}

bool IsWithin(const std::shared_ptr<Node>& inner, const std::shared_ptr<Node>& outer) {
  std::vector<const Node*> pending = {outer.get()};
  while (!pending.empty()) {
    const Node* node = pending.back();
    pending.pop_back();
    if (node == inner.get()) return true;
    for (const auto& [name, child] : node->entries) pending.push_back(child.get());
  }
  return false;
}

}  // namespace cairn::memory
