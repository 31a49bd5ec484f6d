#include "cairn/core/status.h"

#include <array>

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
    ReasonInfo{Reason::kTruncated, "E_TRUNCATED", StatusCode::kDataLoss},
    ReasonInfo{Reason::kBadMagic, "E_BAD_MAGIC", StatusCode::kDataLoss},
    ReasonInfo{Reason::kFormat, "E_FORMAT", StatusCode::kDataLoss},
    ReasonInfo{Reason::kBounds, "E_BOUNDS", StatusCode::kDataLoss},
    ReasonInfo{Reason::kOverlap, "E_OVERLAP", StatusCode::kDataLoss},
    ReasonInfo{Reason::kCrc, "E_CRC", StatusCode::kDataLoss},
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
    ReasonInfo{Reason::kAmbiguous, "E_ZIP_AMBIGUOUS", StatusCode::kDataLoss},
    ReasonInfo{Reason::kUnsafe, "E_UNSAFE", StatusCode::kUnimplemented},
    ReasonInfo{Reason::kPath, "E_PATH", StatusCode::kInvalidArgument},
    ReasonInfo{Reason::kFileType, "E_FILETYPE", StatusCode::kInvalidArgument},
    ReasonInfo{Reason::kPartial, "E_PARTIAL", StatusCode::kDataLoss},
    ReasonInfo{Reason::kChanged, "E_CHANGED", StatusCode::kUnavailable},
    ReasonInfo{Reason::kGone, "E_GONE", StatusCode::kUnavailable},
    ReasonInfo{Reason::kUnsupported, "E_UNSUPPORTED", StatusCode::kUnimplemented},
    ReasonInfo{Reason::kLimit, "E_LIMIT", StatusCode::kResourceExhausted},
    ReasonInfo{Reason::kNoMemory, "E_NOMEM", StatusCode::kResourceExhausted},
    ReasonInfo{Reason::kNoSpace, "E_NOSPC", StatusCode::kResourceExhausted},
    ReasonInfo{Reason::kTooBig, "E_TOOBIG", StatusCode::kResourceExhausted},
    ReasonInfo{Reason::kReadOnly, "E_READONLY", StatusCode::kFailedPrecondition},
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

Status::Status(Reason reason, std::string message)
    : rep_(std::make_shared<Rep>(Rep{reason, std::move(message), {}})) {}

std::string Status::ToString() const {
  if (ok()) return "OK";
  return std::string(ReasonWord(reason())) + ": " + std::string(message());
}

Status Status::In(std::string_view place) const {
  if (ok()) return *this;
  Status outer;
  outer.rep_ = std::make_shared<Rep>(
      Rep{rep_->reason, std::string(place) + ": " + rep_->message, rep_->hint});
  return outer;
}

Status Status::WithHint(std::string hint) const {
  if (ok()) return *this;
  Status advised;
  advised.rep_ = std::make_shared<Rep>(Rep{rep_->reason, rep_->message, std::move(hint)});
  return advised;
}

}  // namespace cairn
