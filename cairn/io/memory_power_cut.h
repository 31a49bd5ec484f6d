// Finds and undoes the changes of a tree in memory that a power cut can undo.
#ifndef CAIRN_IO_MEMORY_POWER_CUT_H_
#define CAIRN_IO_MEMORY_POWER_CUT_H_

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "cairn/io/memory_tree.h"
#include "cairn/io/power_cut.h"

namespace cairn::memory {

// The changes of a tree that are not durable, in the order of UnsyncedChanges.
struct Unsynced {
  // The changes that one operation made in one directory.
  struct Names {
    const Node* directory;
    uint64_t operation;
    std::string text;
  };
  struct File {
    const Node* node;
    std::string path;
  };
  std::vector<Names> names;
  std::vector<File> files;
};

Unsynced FindUnsynced(const std::shared_ptr<Node>& root);

// Returns a copy of the tree as it is after the power cut. All of the copy is durable.
std::shared_ptr<Node> CopyAfter(const std::shared_ptr<Node>& root, const PowerCut& cut,
                                const std::shared_ptr<std::atomic<uint64_t>>& used);

}  // namespace cairn::memory

#endif  // CAIRN_IO_MEMORY_POWER_CUT_H_
