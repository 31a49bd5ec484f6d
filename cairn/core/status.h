// Status and Result: how every fallible function of Cairn reports failure. No exceptions cross a
// module boundary.
#ifndef CAIRN_CORE_STATUS_H_
#define CAIRN_CORE_STATUS_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

namespace cairn {

// The canonical codes of the field, with the numbers that gRPC, absl and TensorFlow give them. The
// code drives behaviour: resume falls back on kDataLoss and kUnavailable, and stops on
// kInvalidArgument.
enum class StatusCode : uint8_t {
  kOk = 0,
  kCancelled = 1,
  kInvalidArgument = 3,
  kNotFound = 5,
  kAlreadyExists = 6,
  kResourceExhausted = 8,
  kFailedPrecondition = 9,
  kUnimplemented = 12,
  kInternal = 13,
  kUnavailable = 14,
  kDataLoss = 15,
};

// "DataLoss", "NotFound", …
std::string_view CodeName(StatusCode code);

// Why, in one stable word (`E_CRC`) that --json and Python show. Every reason belongs to one code:
// see kReasons in status.cc.
enum class Reason : uint8_t {
  kNone,
  // The caller's doing.
  kArgument,
  kExists,
  kMissing,
  kMismatch,
  kCancelled,
  kLocked,
  kInternal,
  // What the file says.
  kTruncated,
  kBadMagic,
  kFormat,
  kBounds,
  kOverlap,
  kCrc,
  kSnappy,
  kOrder,
  kDuplicate,
  kPadding,
  kVersion,
  kDType,
  kShape,
  kOverflow,
  kSize,
  kSlice,
  kProto,
  kGraph,
  kZip,
  kAmbiguous,
  kUnsafe,
  kPath,
  kFileType,
  kPartial,
  kChanged,
  kGone,
  kUnsupported,
  kLimit,
  // What the machine says.
  kNoMemory,
  kNoSpace,
  kTooBig,
  kReadOnly,
  kIo,
};

// "E_CRC"; "" for kNone.
std::string_view ReasonWord(Reason reason);
StatusCode CodeOf(Reason reason);

// Success, or an error: a reason, the message of one line, and at most one hint that says what to
// do. A value; copying shares the message.
class [[nodiscard]] Status {
 public:
  Status() = default;  // success
  Status(Reason reason, std::string message);

  bool ok() const { return rep_ == nullptr; }
  StatusCode code() const { return CodeOf(reason()); }
  Reason reason() const { return rep_ ? rep_->reason : Reason::kNone; }
  std::string_view message() const {
    return rep_ ? std::string_view(rep_->message) : std::string_view();
  }
  std::string_view hint() const { return rep_ ? std::string_view(rep_->hint) : std::string_view(); }

  // "E_CRC: run/model-20: …"; "OK" for success. The hint is not part of it.
  std::string ToString() const;

  // The same error seen from one step further out: "place: message". Success stays success.
  Status In(std::string_view place) const;
  // The same error with advice for the person who meets it.
  Status WithHint(std::string hint) const;

 private:
  struct Rep {
    Reason reason;
    std::string message;
    std::string hint;
  };
  std::shared_ptr<const Rep> rep_;
};

// A value, or the error that prevented it.
template <typename T>
class [[nodiscard]] Result {
 public:
  // Implicit, so that a function may `return value;` or `return error;`. Takes whatever converts to
  // T.
  template <typename U = T>
    requires(std::is_convertible_v<U, T> && !std::is_same_v<std::decay_t<U>, Result> &&
             !std::is_same_v<std::decay_t<U>, Status>)
  Result(U&& value) : state_(std::in_place_type<T>, std::forward<U>(value)) {}
  Result(Status error) : state_(std::move(error)) {
    if (std::get<Status>(state_).ok()) {
      state_ = Status(Reason::kInternal, "a Result was made from a Status without an error");
    }
  }

  bool ok() const { return std::holds_alternative<T>(state_); }
  Status status() const { return ok() ? Status() : std::get<Status>(state_); }

  // Only when ok().
  T& value() & { return std::get<T>(state_); }
  const T& value() const& { return std::get<T>(state_); }
  T&& value() && { return std::get<T>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  Result In(std::string_view place) && {
    if (!ok()) return std::get<Status>(state_).In(place);
    return std::move(*this);
  }

 private:
  std::variant<Status, T> state_;
};

}  // namespace cairn

// Leaves the function with the error of `expr`, if it has one.
#define CAIRN_RETURN_IF_ERROR(expr) \
  CAIRN_RETURN_IF_ERROR_(CAIRN_CONCAT_(cairn_status_, __COUNTER__), expr)
#define CAIRN_RETURN_IF_ERROR_(status, expr)                          \
  do {                                                                \
    if (::cairn::Status status = (expr); !status.ok()) return status; \
  } while (false)

// Leaves the function with the error of `expr`, or gives its value to `lhs` (a declaration or an
// lvalue).
#define CAIRN_ASSIGN_OR_RETURN(lhs, expr) \
  CAIRN_ASSIGN_OR_RETURN_(CAIRN_CONCAT_(cairn_result_, __COUNTER__), lhs, expr)
#define CAIRN_ASSIGN_OR_RETURN_(result, lhs, expr) \
  auto result = (expr);                            \
  if (!result.ok()) return result.status();        \
  lhs = *std::move(result)
#define CAIRN_CONCAT_(a, b) CAIRN_CONCAT_INNER_(a, b)
#define CAIRN_CONCAT_INNER_(a, b) a##b

#endif  // CAIRN_CORE_STATUS_H_
