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

}  // namespace

Result<TensorDict> Materialize(const TensorDict& dict, const TransferOptions& options) {
  TensorDict::Builder result;
  result.SetMetadata(dict.metadata());
  std::vector<TensorInfo> infos;  // of the numeric tensors
  std::vector<std::string_view> names;
  std::vector<std::shared_ptr<const TensorSource>> sources;
  for (size_t i = 0; i < dict.size(); ++i) {
    const TensorInfo info = dict.info(i);
    CAIRN_ASSIGN_OR_RETURN(auto source, dict.source(i));
    // The size of strings is not known before they are read, so they cannot have a place in the
    // arena.
    if (ElementNbytes(source->dtype()) == 0) {
      CAIRN_RETURN_IF_ERROR(source->CheckCanBeHeld().InTensor(info.name));
      CAIRN_ASSIGN_OR_RETURN(StringTensor strings, source->ReadStrings().InTensor(info.name));
      result.Add(std::string(info.name),
                 MakeStringSource(source->dtype(), source->shape(), std::move(strings)),
                 std::string(info.stored_as));
    } else {
      infos.push_back(info);
      names.push_back(info.name);
      sources.push_back(std::move(source));
    }
  }
  CAIRN_ASSIGN_OR_RETURN(const ArenaValues loaded, ReadIntoArena(sources, names, options));
  const auto file = std::make_shared<const ArenaFile>(loaded.arena);
  for (size_t i = 0; i < sources.size(); ++i) {
    const MutableBytes value = loaded.values[i];
    const uint64_t offset = value.data() - loaded.arena->bytes().data();
    CAIRN_ASSIGN_OR_RETURN(auto source, ExtentSource::Make(sources[i]->dtype(), sources[i]->shape(),
                                                           {file, offset, value.size(),
                                                            KeptChecksum(*sources[i], options)}));
    result.Add(std::string(names[i]), std::move(source), std::string(infos[i].stored_as));
  }
  return result.Build();
}

}  // namespace cairn
