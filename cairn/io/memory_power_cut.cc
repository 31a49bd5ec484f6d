#include "cairn/io/memory_power_cut.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

namespace cairn::memory {
namespace {

// Visits every node that some outcome of a power cut can reach.
class Search {
 public:
  Unsynced Run(const std::shared_ptr<Node>& root) {
    Visit(root.get(), "");
    while (!pending_.empty()) {
      const auto [directory, path] = pending_.back();
      pending_.pop_back();
      VisitEntries(*directory, path);
    }
    std::ranges::stable_sort(found_.names, {}, &Unsynced::Names::operation);
    return std::move(found_);
  }

 private:
  void Visit(const Node* node, const std::string& path) {
    if (node == nullptr || !seen_.insert(node).second) return;
    if (node->is_directory()) {
      pending_.emplace_back(node, path);
    } else if (!node->is_synced()) {
      found_.files.push_back({node, path});
    }
  }

  void VisitEntries(const Node& directory, const std::string& path) {
    for (const Entries* entries : {&directory.entries, &directory.durable_entries}) {
      for (const auto& [name, child] : *entries) Visit(child.get(), path + "/" + name);
    }
    uint64_t last = 0;
    for (const NameChange& change : directory.unsynced_changes) {
      Visit(change.node.get(), path + "/" + change.name);
      if (change.operation != last)
        found_.names.push_back({&directory, change.operation, path + "/:"});
      found_.names.back().text += (change.node ? " +" : " -") + change.name;
      last = change.operation;
    }
  }

  Unsynced found_;
  std::set<const Node*> seen_;
  std::vector<std::pair<const Node*, std::string>> pending_;
};

// The outcome of a power cut, by the nodes that it concerns.
class Outcome {
 public:
  Outcome(const std::shared_ptr<Node>& root, const PowerCut& cut) {
    const Unsynced unsynced = FindUnsynced(root);
    for (size_t i = 0; i < std::min(unsynced.names.size(), cut.names.size()); ++i) {
      if (cut.names[i]) durable_.emplace(unsynced.names[i].directory, unsynced.names[i].operation);
    }
    for (size_t i = 0; i < std::min(unsynced.files.size(), cut.files.size()); ++i)
      remains_[unsynced.files[i].node] = cut.files[i];
  }

  Entries EntriesOf(const Node& directory) const {
    Entries entries = directory.durable_entries;
    for (const NameChange& change : directory.unsynced_changes) {
      if (durable_.contains({&directory, change.operation})) Apply(change, entries);
    }
    return entries;
  }

  std::shared_ptr<Node> CopyFile(const Node& file,
                                 const std::shared_ptr<std::atomic<uint64_t>>& used) const {
    const auto found = remains_.find(&file);
    const FileRemains remains = found == remains_.end() ? FileRemains::kSynced : found->second;
    const auto [begin, end] = WrittenRange(remains, file.size());
    auto copy = std::make_shared<Node>(file.kind(), used);
    copy->Write(0, file.durable_content());
    copy->Write(begin, Bytes(file.content()).subspan(begin, end - begin));
    if (remains == FileRemains::kZeros || remains == FileRemains::kFirstHalfThenZeros)
      copy->Resize(file.size());
    copy->Sync();
    return copy;
  }

 private:
  // Returns begin and end of the bytes that are as they were written last.
  static std::pair<uint64_t, uint64_t> WrittenRange(FileRemains remains, uint64_t size) {
    switch (remains) {
      case FileRemains::kSynced:
      case FileRemains::kZeros:
        return {0, 0};
      case FileRemains::kFirstHalf:
      case FileRemains::kFirstHalfThenZeros:
        return {0, size / 2};
      case FileRemains::kSecondHalf:
        return {size / 2, size};
      case FileRemains::kComplete:
        break;
    }
    return {0, size};
  }

  std::set<std::pair<const Node*, uint64_t>> durable_;  // Directories and operations.
  std::map<const Node*, FileRemains> remains_;
};

}  // namespace

Unsynced FindUnsynced(const std::shared_ptr<Node>& root) { return Search().Run(root); }

std::shared_ptr<Node> CopyAfter(const std::shared_ptr<Node>& root, const PowerCut& cut,
                                const std::shared_ptr<std::atomic<uint64_t>>& used) {
  const Outcome outcome(root, cut);
  // A file may be left under two names, where only one half of its rename reached the disk. A
  // directory cannot have two names: it is left under the one that is met first.
  std::unordered_map<const Node*, std::shared_ptr<Node>> copies;
  copies[root.get()] = std::make_shared<Node>(FileKind::kDirectory, used);
  std::vector<const Node*> pending = {root.get()};
  while (!pending.empty()) {
    const Node* from = pending.back();
    pending.pop_back();
    Node& to = *copies[from];
    for (const auto& [name, child] : outcome.EntriesOf(*from)) {
      auto& copy = copies[child.get()];
      if (copy && child->is_directory()) continue;
      if (!copy && child->is_directory()) {
        copy = std::make_shared<Node>(FileKind::kDirectory, used);
        pending.push_back(child.get());
      } else if (!copy) {
        copy = outcome.CopyFile(*child, used);
      }
      to.entries[name] = copy;
    }
    to.SyncEntries();
  }
  return copies[root.get()];
}

}  // namespace cairn::memory
