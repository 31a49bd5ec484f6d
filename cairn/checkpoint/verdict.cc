#include "cairn/checkpoint/verdict.h"

#include <algorithm>

#include "cairn/checkpoint/checkpoint.h"

namespace cairn {
namespace {

bool SaysDamage(Reason reason) {
  switch (reason) {
    case Reason::kNone:
    // The caller's doing, or that of another process.
    case Reason::kArgument:
    case Reason::kExists:
    case Reason::kCancelled:
    case Reason::kLocked:
    case Reason::kInternal:
    case Reason::kChanged:
    case Reason::kGone:
    // A checkpoint that another program may read.
    case Reason::kVersion:
    case Reason::kUnsafe:
    case Reason::kUnsupported:
    // The machine, or a limit of this process.
    case Reason::kLimit:
    case Reason::kNoMemory:
    case Reason::kNoSpace:
    case Reason::kTooBig:
    case Reason::kReadOnly:
    case Reason::kIo:
      return false;
    default:
      return true;
  }
}

}  // namespace

bool IsDamage(const Status& error) { return SaysDamage(error.reason()); }

Status VerdictOf(const VerifyReport& report) {
  if (report.ok()) return {};
  const auto trouble = std::ranges::find_if_not(report.findings, IsDamage, &Finding::error);
  const Status& first =
      trouble != report.findings.end() ? trouble->error : report.findings.front().error;
  const size_t others = report.findings.size() - 1;
  return others == 0 ? first : first.In("the first of " + std::to_string(others + 1) + " findings");
}

Status CheckSound(FileSystem& fs, const std::string& path, const VerifyOptions& options) {
  CAIRN_ASSIGN_OR_RETURN(const VerifyReport report, Verify(fs, path, options));
  return VerdictOf(report);
}

}  // namespace cairn
