// Salvage: what a damaged index still tells, and the parts of a save that was not merged.
#include <algorithm>
#include <set>

#include "cairn/codec/sstable/table_salvage.h"
#include "cairn/core/escape.h"
#include "cairn/formats/tf_bundle/bundle_audit.h"
#include "cairn/formats/tf_bundle/bundle_path.h"
#include "cairn/formats/tf_bundle/bundle_table.h"
#include "cairn/formats/tf_bundle/leftover_files.h"
#include "cairn/formats/tf_bundle/tf_bundle.h"
#include "cairn/formats/verify_tensors.h"
#include "cairn/io/path.h"

namespace cairn::tf_bundle {
namespace {

// Collects the entries that the blocks of an index gave.
class EntryCollector {
 public:
  EntryCollector(std::string path, const Limits& limits)
      : path_(std::move(path)), limits_(limits) {}

  Status Take(std::string_view key, Bytes value) {
    if (key.empty()) {
      if (auto header = ParseHeader(value, limits_.num_shards); header.ok()) header_ = *header;
      return {};
    }
    if (entries_.size() >= limits_.num_tensors)
      return Status(Reason::kLimit,
                    "more than " + std::to_string(limits_.num_tensors) + " tensors");
    BundleEntry entry;
    if (const Status status = ParseEntry(value, entry); !status.ok()) {
      lost_.push_back(Finding{status.InTensor(key).AtPath(path_)});
    } else {
      entries_.emplace(std::string(key), std::move(entry));
    }
    return {};
  }

  const std::optional<BundleHeader>& header() const { return header_; }
  std::map<std::string, BundleEntry>& entries() { return entries_; }
  std::vector<Finding>& lost() { return lost_; }

 private:
  std::string path_;
  const Limits& limits_;
  std::optional<BundleHeader> header_;
  std::map<std::string, BundleEntry> entries_;
  std::vector<Finding> lost_;
};

// The header, or one that fits the names of the data files where it is gone or is not theirs.
Result<BundleHeader> HeaderFor(FileSystem& fs, const std::string& prefix,
                               const EntryCollector& collector, std::vector<std::string>& notes) {
  CAIRN_ASSIGN_OR_RETURN(const std::set<uint32_t> counts, CountsOfDataFiles(fs, prefix));
  const auto& found = collector.header();
  if (found && (counts.empty() || counts.contains(found->num_shards))) return *found;
  BundleHeader header = found.value_or(BundleHeader());
  if (counts.size() == 1) header.num_shards = *counts.begin();
  notes.push_back(std::string(found
                                  ? "the index counts " + std::to_string(found->num_shards) +
                                        " data files, their names "
                                  : "the header of the index is gone, the names of the data files "
                                    "count ") +
                  std::to_string(header.num_shards));
  return header;
}

Result<Salvaged> SalvageIndex(FileSystem& fs, const std::string& path, const std::string& prefix,
                              const OpenOptions& options) {
  CAIRN_ASSIGN_OR_RETURN(auto file, fs.OpenForReading(path, options.access));
  EntryCollector collector(path, options.limits);
  CAIRN_ASSIGN_OR_RETURN(
      const sstable::SalvagedTable table,
      sstable::SalvageTable(file, options.limits, [&](std::string_view key, Bytes value) {
        return collector.Take(key, value);
      }));
  Salvaged salvaged;
  salvaged.notes = table.notes;
  for (const Status& status : table.lost) salvaged.lost.push_back(Finding{status.AtPath(path)});
  std::ranges::move(collector.lost(), std::back_inserter(salvaged.lost));
  CAIRN_ASSIGN_OR_RETURN(const BundleHeader header,
                         HeaderFor(fs, prefix, collector, salvaged.notes));
  CAIRN_ASSIGN_OR_RETURN(BundleShards::Part part,
                         FindDataFiles(fs, prefix, header.num_shards, salvaged.notes));
  BundleIndex index = BundleIndex::Of(header, std::move(collector.entries()));
  BundleShards shards = BundleShards::Open(fs, {std::move(part)}, index, options.access);
  salvaged.dict = MakeDict(std::make_shared<const BundleIndex>(std::move(index)), std::move(shards),
                           Listing::kTensors);
  return salvaged;
}

Result<Salvaged> SalvageUnfinished(FileSystem& fs, const std::string& index,
                                   const std::string& prefix, const OpenOptions& options) {
  CAIRN_ASSIGN_OR_RETURN(Salvaged salvaged, SalvageIndex(fs, index, prefix, options));
  salvaged.notes.insert(salvaged.notes.begin(),
                        Escape(index) + ": taken as the index: left by a save that did not finish");
  return salvaged;
}

Result<Salvaged> SalvageParts(FileSystem& fs, std::span<const std::string> parts,
                              const OpenOptions& options) {
  CAIRN_ASSIGN_OR_RETURN(TensorDict dict, OpenParts(fs, parts, options));
  return Salvaged{std::move(dict),
                  {},
                  {"merged from " + std::to_string(parts.size()) +
                   " parts of a save that did not finish, in " + Escape(DirectoryOf(parts[0]))}};
}

}  // namespace

Result<Salvaged> Salvage(FileSystem& fs, const std::string& prefix, const OpenOptions& options) {
  const std::string path = IndexPath(prefix);
  CAIRN_ASSIGN_OR_RETURN(const bool has_index, fs.Exists(path));
  if (has_index) return SalvageIndex(fs, path, prefix, options);
  CAIRN_ASSIGN_OR_RETURN(const auto unfinished, ListTemporaryFiles(fs, path));
  if (unfinished.size() == 1) return SalvageUnfinished(fs, unfinished[0], prefix, options);
  if (unfinished.size() > 1) {
    return Status(Reason::kDuplicate, "missing; both " + Escape(unfinished[0]) + " and " +
                                          Escape(unfinished[1]) + " may be it")
        .AtPath(path)
        .WithHint("copy the data and the index that belong together, under their proper names");
  }
  CAIRN_ASSIGN_OR_RETURN(const auto parts, ListParts(fs, prefix));
  if (!parts.empty()) return SalvageParts(fs, parts, options);
  return Status(Reason::kMissing, "there is neither an index nor anything that a save left of one")
      .AtPath(prefix);
}

}  // namespace cairn::tf_bundle
