#include "cairn/core/status.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <ostream>

#include "cairn/core/escape.h"

namespace cairn {
namespace {

struct ReasonInfo {
  Reason reason;
  std::string_view word;
  StatusCode code;
};

constexpr std::array kReasons = {
    ReasonInfo{Reason::kNone, "", StatusCode::kOk},
    ReasonInfo{Reason::kArgument, "E_ARGUMENT", StatusCode::kInvalidArgument},
    ReasonInfo{Reason::kExists, "E_EXISTS", StatusCode::kAlreadyExists},
    ReasonInfo{Reason::kMissing, "E_MISSING", StatusCode::kNotFound},
    ReasonInfo{Reason::kMismatch, "E_MISMATCH", StatusCode::kInvalidArgument},
    ReasonInfo{Reason::kCancelled, "E_CANCELLED", StatusCode::kCancelled},
    ReasonInfo{Reason::kLocked, "E_LOCKED", StatusCode::kFailedPrecondition},
    ReasonInfo{Reason::kInternal, "E_INTERNAL", StatusCode::kInternal},
    ReasonInfo{Reason::kEngine, "E_ENGINE", StatusCode::kInternal},
    ReasonInfo{Reason::kTruncated, "E_TRUNCATED", StatusCode::kDataLoss},
    ReasonInfo{Reason::kBadMagic, "E_BAD_MAGIC", StatusCode::kDataLoss},
    ReasonInfo{Reason::kFormat, "E_FORMAT", StatusCode::kDataLoss},
    ReasonInfo{Reason::kBounds, "E_BOUNDS", StatusCode::kDataLoss},
    ReasonInfo{Reason::kOverlap, "E_OVERLAP", StatusCode::kDataLoss},
    ReasonInfo{Reason::kCrc, "E_CRC", StatusCode::kDataLoss},
    ReasonInfo{Reason::kNoChecksum, "E_NO_CHECKSUM", StatusCode::kDataLoss},
    ReasonInfo{Reason::kSnappy, "E_SNAPPY", StatusCode::kDataLoss},
    ReasonInfo{Reason::kOrder, "E_ORDER", StatusCode::kDataLoss},
    ReasonInfo{Reason::kDuplicate, "E_DUPLICATE", StatusCode::kDataLoss},
    ReasonInfo{Reason::kPadding, "E_PADDING", StatusCode::kDataLoss},
    ReasonInfo{Reason::kVersion, "E_VERSION", StatusCode::kUnimplemented},
    ReasonInfo{Reason::kDType, "E_DTYPE", StatusCode::kDataLoss},
    ReasonInfo{Reason::kShape, "E_SHAPE", StatusCode::kDataLoss},
    ReasonInfo{Reason::kOverflow, "E_OVERFLOW", StatusCode::kDataLoss},
    ReasonInfo{Reason::kSize, "E_SIZE", StatusCode::kDataLoss},
    ReasonInfo{Reason::kSlice, "E_SLICE", StatusCode::kDataLoss},
    ReasonInfo{Reason::kProto, "E_PROTO", StatusCode::kDataLoss},
    ReasonInfo{Reason::kGraph, "E_GRAPH", StatusCode::kDataLoss},
    ReasonInfo{Reason::kZip, "E_ZIP", StatusCode::kDataLoss},
    ReasonInfo{Reason::kAmbiguous, "E_AMBIGUOUS", StatusCode::kDataLoss},
    ReasonInfo{Reason::kUnsafe, "E_UNSAFE", StatusCode::kUnimplemented},
    ReasonInfo{Reason::kPath, "E_PATH", StatusCode::kInvalidArgument},
    ReasonInfo{Reason::kFileType, "E_FILE_TYPE", StatusCode::kInvalidArgument},
    ReasonInfo{Reason::kPartial, "E_PARTIAL", StatusCode::kDataLoss},
    ReasonInfo{Reason::kChanged, "E_CHANGED", StatusCode::kUnavailable},
    ReasonInfo{Reason::kGone, "E_GONE", StatusCode::kUnavailable},
    ReasonInfo{Reason::kUnsupported, "E_UNSUPPORTED", StatusCode::kUnimplemented},
    ReasonInfo{Reason::kLimit, "E_LIMIT", StatusCode::kResourceExhausted},
    ReasonInfo{Reason::kNoMemory, "E_NO_MEMORY", StatusCode::kResourceExhausted},
    ReasonInfo{Reason::kNoSpace, "E_NO_SPACE", StatusCode::kResourceExhausted},
    ReasonInfo{Reason::kTooBig, "E_TOO_BIG", StatusCode::kResourceExhausted},
    ReasonInfo{Reason::kReadOnly, "E_READ_ONLY", StatusCode::kFailedPrecondition},
    ReasonInfo{Reason::kIo, "E_IO", StatusCode::kUnavailable},
};

constexpr bool IsInEnumOrder() {
  for (size_t i = 0; i < kReasons.size(); ++i) {
    if (kReasons[i].reason != static_cast<Reason>(i)) return false;
  }
  return kReasons.back().reason == Reason::kIo;
}
static_assert(IsInEnumOrder(), "kReasons must list every Reason, in order");

const ReasonInfo& InfoOf(Reason reason) { return kReasons[static_cast<size_t>(reason)]; }

}  // namespace

std::string_view CodeName(StatusCode code) {
  switch (code) {
    case StatusCode::kOk:
      return "OK";
    case StatusCode::kCancelled:
      return "Cancelled";
    case StatusCode::kInvalidArgument:
      return "InvalidArgument";
    case StatusCode::kNotFound:
      return "NotFound";
    case StatusCode::kAlreadyExists:
      return "AlreadyExists";
    case StatusCode::kResourceExhausted:
      return "ResourceExhausted";
    case StatusCode::kFailedPrecondition:
      return "FailedPrecondition";
    case StatusCode::kUnimplemented:
      return "Unimplemented";
    case StatusCode::kInternal:
      return "Internal";
    case StatusCode::kUnavailable:
      return "Unavailable";
    case StatusCode::kDataLoss:
      return "DataLoss";
  }
  return "Unknown";
}

std::string_view ReasonWord(Reason reason) { return InfoOf(reason).word; }

StatusCode CodeOf(Reason reason) { return InfoOf(reason).code; }

Status::Status(Reason reason, std::string text) {
  Rep rep{.reason = reason, .place = {}, .text = std::move(text), .hint = {}, .message = {}};
  rep.message = Render(rep);
  rep_ = std::make_shared<const Rep>(std::move(rep));
  if (reason == Reason::kNone) internal::EndProgram("an error was made without a reason", *this);
}

std::string Status::Render(const Rep& rep) {
  std::string line;
  if (!rep.place.path.empty()) line += Escape(rep.place.path) + ": ";
  if (rep.place.tensor) line += "tensor " + Quoted(*rep.place.tensor) + ": ";
  if (rep.place.offset) line += "offset " + std::to_string(*rep.place.offset) + ": ";
  return line + rep.text;
}

template <typename Change>
Status Status::Changed(Change change) const {
  if (ok()) return *this;
  Rep rep = *rep_;
  change(rep);
  rep.message = Render(rep);
  Status changed;
  changed.rep_ = std::make_shared<const Rep>(std::move(rep));
  return changed;
}

Status Status::AtPath(std::string_view path) const {
  if (!this->path().empty()) return *this;
  return Changed([&](Rep& rep) { rep.place.path = path; });
}

Status Status::InTensor(std::string_view name) const {
  if (ok() || rep_->place.tensor) return *this;
  return Changed([&](Rep& rep) { rep.place.tensor = name; });
}

Status Status::AtOffset(uint64_t offset) const {
  if (this->offset()) return *this;
  return Changed([&](Rep& rep) { rep.place.offset = offset; });
}

Status Status::In(std::string_view part) const {
  return Changed([&](Rep& rep) { rep.text = std::string(part) + ": " + rep.text; });
}

Status Status::WithHint(std::string hint) const {
  return Changed([&](Rep& rep) { rep.hint = std::move(hint); });
}

std::string Status::ToString() const {
  if (ok()) return "OK";
  return std::string(ReasonWord(reason())) + ": " + std::string(message());
}

std::ostream& operator<<(std::ostream& out, const Status& status) {
  return out << status.ToString();
}

void internal::EndProgram(std::string_view what, const Status& error) {
  const std::string line = "cairn: " + std::string(what) + ": " + error.ToString() + "\n";
  std::fputs(line.c_str(), stderr);
  std::abort();
}

}  // namespace cairn
