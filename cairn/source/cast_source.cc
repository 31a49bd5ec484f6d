#include "cairn/source/cast_source.h"

#include "cairn/source/cast_elements.h"
#include "cairn/source/converted_source.h"

namespace cairn {
namespace {

// Casts the elements of one reading, and tells what was lost so far.
class Caster {
 public:
  Caster(DType from, DType to, std::shared_ptr<CastTally> tally)
      : from_(from), to_(to), tally_(std::move(tally)) {}

  Status operator()(Bytes elements, std::byte* out) {
    const CastCounts before = counts_;
    CAIRN_RETURN_IF_ERROR(CastElements(from_, to_, elements, out, counts_, position_));
    position_ += elements.size() / ElementNbytes(from_);
    if (tally_ && counts_ != before) tally_->Set(counts_);
    return {};
  }

 private:
  DType from_;
  DType to_;
  std::shared_ptr<CastTally> tally_;
  CastCounts counts_;
  uint64_t position_ = 0;  // of the next element
};

}  // namespace

Result<std::shared_ptr<const TensorSource>> CastSource(std::shared_ptr<const TensorSource> stored,
                                                       DType to, std::shared_ptr<CastTally> tally) {
  const DType from = stored->dtype();
  if (!CanCast(from, to))
    return Status(Reason::kMismatch,
                  std::string(Name(from)) + " cannot be cast to " + std::string(Name(to)));
  if (from == to) return stored;
  const UnitConversion conversion{
      ElementNbytes(from), ElementNbytes(to),
      [from, to, tally = std::move(tally)] { return Caster(from, to, tally); }};
  Shape shape = stored->shape();
  return ConvertUnits(std::move(stored), to, std::move(shape), conversion);
}

}  // namespace cairn
