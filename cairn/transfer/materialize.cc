#include "cairn/transfer/materialize.h"

// Materialize: a dict whose values lie in memory.
#include "cairn/core/checked_math.h"
#include "cairn/core/escape.h"
#include "cairn/source/extent_source.h"
#include "cairn/source/string_source.h"
#include "cairn/transfer/read_into_arena.h"

namespace cairn {
namespace {

// An arena seen as a file, which keeps it alive.
class ArenaFile final : public RandomAccessFile {
 public:
  explicit ArenaFile(std::shared_ptr<Arena> arena) : arena_(std::move(arena)) {}

  MutableBytes bytes() const { return arena_->bytes(); }

  Status ReadAt(uint64_t offset, MutableBytes out) const override {
    if (!RangeFits(offset, out.size(), size()))
      return PastTheEnd(offset, out.size(), size()).AtPath(path_);
    std::memcpy(out.data(), bytes().data() + offset, out.size());
    return {};
  }
  uint64_t size() const override { return bytes().size(); }
  const std::string& path() const override { return path_; }
  Bytes mapped() const override { return bytes(); }

 private:
  std::shared_ptr<Arena> arena_;
  std::string path_ = "memory";
};

// The checksum stays with the value, so that who writes it proves it again.
std::optional<Checksum> KeptChecksum(const TensorSource& source, const TransferOptions& options) {
  const auto extent = source.extent();
  if (!extent || !extent->checksum || !options.verify) return std::nullopt;
  if (extent->checksum->kind != Checksum::Kind::kCrc32c) return std::nullopt;
  return extent->checksum;
}

// A dict whose values are to be copied: its strings are copied already, its numbers are not.
struct Copying {
  TensorDict::Builder result;
  std::vector<TensorInfo> infos;  // of the numeric tensors
  std::vector<std::string_view> names;
  std::vector<std::shared_ptr<const TensorSource>> sources;
};

// The size of strings is not known before they are read, so they cannot have a place in the arena.
Status CopyStrings(const TensorDict& dict, Copying& copying) {
  copying.result.SetMetadata(dict.metadata());
  for (size_t i = 0; i < dict.size(); ++i) {
    const TensorInfo info = dict.info(i);
    CAIRN_ASSIGN_OR_RETURN(auto source, dict.source(i));
    if (ElementNbytes(source->dtype()) == 0) {
      CAIRN_RETURN_IF_ERROR(source->CheckCanBeHeld().InTensor(info.name));
      CAIRN_ASSIGN_OR_RETURN(StringTensor strings, source->ReadStrings().InTensor(info.name));
      copying.result.Add(std::string(info.name),
                         MakeStringSource(source->dtype(), source->shape(), std::move(strings)),
                         std::string(info.stored_as));
    } else {
      copying.infos.push_back(info);
      copying.names.push_back(info.name);
      copying.sources.push_back(std::move(source));
    }
  }
  return {};
}

// Adds the numeric tensors, as they lie in the arena.
Result<TensorDict> Finish(Copying& copying, const ArenaValues& loaded,
                          std::span<const std::optional<Checksum>> checksums) {
  const auto file = std::make_shared<const ArenaFile>(loaded.arena);
  for (size_t i = 0; i < copying.sources.size(); ++i) {
    const TensorSource& source = *copying.sources[i];
    const MutableBytes value = loaded.values[i];
    const uint64_t offset = value.data() - loaded.arena->bytes().data();
    CAIRN_ASSIGN_OR_RETURN(auto copy,
                           ExtentSource::Make(source.dtype(), source.shape(),
                                              {file, offset, value.size(), checksums[i]}));
    copying.result.Add(std::string(copying.names[i]), std::move(copy),
                       std::string(copying.infos[i].stored_as));
  }
  return copying.result.Build();
}

}  // namespace

Result<TensorDict> Materialize(const TensorDict& dict, const TransferOptions& options) {
  Copying copying;
  CAIRN_RETURN_IF_ERROR(CopyStrings(dict, copying));
  CAIRN_ASSIGN_OR_RETURN(const ArenaValues loaded,
                         ReadIntoArena(copying.sources, copying.names, options));
  std::vector<std::optional<Checksum>> kept;
  for (const auto& source : copying.sources) kept.push_back(KeptChecksum(*source, options));
  return Finish(copying, loaded, kept);
}

Result<TensorDict> SnapshotMemory::Copy(const TensorDict& dict, const TransferOptions& options) {
  Copying copying;
  CAIRN_RETURN_IF_ERROR(CopyStrings(dict, copying));
  // An earlier copy that somebody still uses keeps its memory.
  std::shared_ptr<Arena> reused = is_free() ? std::move(arena_) : nullptr;
  arena_.reset();
  CAIRN_ASSIGN_OR_RETURN(ArenaValues loaded,
                         ReadIntoArena(copying.sources, copying.names, options, std::move(reused)));
  arena_ = loaded.arena;
  is_lent_ = std::make_shared<std::atomic<bool>>(true);
  const auto give_back = [arena = arena_, is_lent = is_lent_](Arena*) {
    is_lent->store(false, std::memory_order_release);
  };
  loaded.arena = std::shared_ptr<Arena>(arena_.get(), give_back);
  return Finish(copying, loaded, loaded.sums);
}

}  // namespace cairn
