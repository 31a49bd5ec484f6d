#include "cairn/transfer/materialize.h"

// Materialize: a dict whose values lie in memory.
#include "cairn/core/checked_math.h"
#include "cairn/core/escape.h"
#include "cairn/source/extent_source.h"
#include "cairn/source/string_source.h"
#include "cairn/transfer/arena.h"
#include "cairn/transfer/read_all.h"

namespace cairn {
namespace {

constexpr uint64_t kAlignment = 64;  // of a cache line, and of the widest vectors

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

struct Numeric {
  TensorInfo info;
  std::shared_ptr<const TensorSource> source;
  uint64_t offset = 0;  // in the arena
  uint64_t nbytes = 0;
};

// Gives each tensor its place; the end of the last is the size of the arena. Errors: kOverflow,
// kDType.
Result<uint64_t> LayOut(std::span<Numeric> tensors) {
  uint64_t end = 0;
  for (Numeric& tensor : tensors) {
    CAIRN_ASSIGN_OR_RETURN(tensor.nbytes,
                           Nbytes(tensor.source->dtype(), tensor.source->shape().num_elements()));
    const auto aligned = CheckedAdd(end, kAlignment - 1);
    tensor.offset = aligned.value_or(UINT64_MAX) / kAlignment * kAlignment;
    const auto next = CheckedAdd(tensor.offset, tensor.nbytes);
    if (!aligned || !next) return Status(Reason::kOverflow, "the tensors have 2^64 bytes or more");
    end = *next;
  }
  return end;
}

Status Load(std::span<const Numeric> tensors, MutableBytes memory, const TransferOptions& options) {
  std::vector<ReadJob> jobs;
  std::vector<std::string_view> names;
  for (const Numeric& tensor : tensors) {
    jobs.push_back({tensor.source, memory.subspan(tensor.offset, tensor.nbytes)});
    names.push_back(tensor.info.name);
  }
  return ReadAll(jobs, options, names);
}

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
  std::vector<Numeric> tensors;
  for (size_t i = 0; i < dict.size(); ++i) {
    const TensorInfo info = dict.info(i);
    CAIRN_ASSIGN_OR_RETURN(auto source, dict.source(i));
    CAIRN_RETURN_IF_ERROR(source->CheckCanBeHeld().InTensor(info.name));
    // The size of strings is not known before they are read, so they cannot have a place in the
    // arena.
    if (ElementNbytes(source->dtype()) == 0) {
      CAIRN_ASSIGN_OR_RETURN(StringTensor strings, source->ReadStrings().InTensor(info.name));
      result.Add(std::string(info.name),
                 MakeStringSource(source->dtype(), source->shape(), std::move(strings)),
                 std::string(info.stored_as));
    } else {
      tensors.push_back({info, std::move(source)});
    }
  }
  CAIRN_ASSIGN_OR_RETURN(const uint64_t nbytes, LayOut(tensors));
  CAIRN_ASSIGN_OR_RETURN(auto arena, Arena::Make(nbytes));
  CAIRN_RETURN_IF_ERROR(Load(tensors, arena->bytes(), options));
  const auto file = std::make_shared<const ArenaFile>(std::move(arena));
  for (const Numeric& tensor : tensors) {
    CAIRN_ASSIGN_OR_RETURN(auto source,
                           ExtentSource::Make(tensor.source->dtype(), tensor.source->shape(),
                                              {file, tensor.offset, tensor.nbytes,
                                               KeptChecksum(*tensor.source, options)}));
    result.Add(std::string(tensor.info.name), std::move(source),
               std::string(tensor.info.stored_as));
  }
  return result.Build();
}

}  // namespace cairn
