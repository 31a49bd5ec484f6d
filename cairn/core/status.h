// Status and Result: how every fallible function of Cairn reports failure. No exceptions cross a
// module boundary.
#ifndef CAIRN_CORE_STATUS_H_
#define CAIRN_CORE_STATUS_H_

#include <cstdint>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "cairn/core/export.h"

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
CAIRN_EXPORT std::string_view CodeName(StatusCode code);

// Why, in one stable word (`E_CRC`) that JSON output and Python show. Every reason belongs to one
// code: see kReasons in status.cc. Reasons about bytes (the second group) are only used for what a
// file holds; a mistake of the caller is kArgument, or kMismatch where two of the caller's things
// do not go together.
enum class Reason : uint8_t {
  kNone,
  // The caller, or another process, did something wrong.
  kArgument,
  kExists,
  kMissing,
  kMismatch,
  kCancelled,
  kLocked,
  kInternal,
  kEngine,  // a program that Cairn works with, such as TensorFlow, refused or broke
  // A file holds something wrong, or something that is not supported.
  kTruncated,
  kBadMagic,
  kFormat,
  kBounds,
  kOverlap,
  kCrc,
  kNoChecksum,
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
  // The machine refuses something.
  kNoMemory,
  kNoSpace,
  kTooBig,
  kReadOnly,
  kIo,
};

// "E_CRC"; "" for kNone.
CAIRN_EXPORT std::string_view ReasonWord(Reason reason);
CAIRN_EXPORT StatusCode CodeOf(Reason reason);

// Success, or an error: a reason, where it happened, a message of one line, and at most one hint
// that says what to do. A value; copying shares the message.
//
// The place is data: a file, a tensor and a byte offset, each set once, by whoever knows it first.
// message() renders them before the text:
//
//   run/model-40.data-00000-of-00001: tensor 'weights': offset 6848: checksum 0x7d74e75c, expected
//   …
class [[nodiscard]] CAIRN_EXPORT Status {
 public:
  Status() = default;  // success

  // An error. `text` says what is wrong, and not where. `reason` must not be kNone: that ends the
  // program.
  Status(Reason reason, std::string text);

  bool ok() const { return rep_ == nullptr; }
  StatusCode code() const { return CodeOf(reason()); }
  Reason reason() const { return rep_ ? rep_->reason : Reason::kNone; }

  // The place and the text in one line, printable on a terminal. Empty for success.
  std::string_view message() const { return rep_ ? rep_->message : std::string_view(); }
  // The text alone, without the place. Empty for success.
  std::string_view text() const { return rep_ ? rep_->text : std::string_view(); }
  std::string_view hint() const { return rep_ ? rep_->hint : std::string_view(); }

  // Where it happened, as far as that is known; paths and names as they are, not escaped.
  std::string_view path() const { return rep_ ? rep_->place.path : std::string_view(); }
  std::string_view tensor() const {
    return rep_ && rep_->place.tensor ? *rep_->place.tensor : std::string_view();
  }
  std::optional<uint64_t> offset() const { return rep_ ? rep_->place.offset : std::nullopt; }

  // "E_CRC: run/model-20…: tensor 'w': …"; "OK" for success. The hint is not part of it.
  std::string ToString() const;

  // The same error in the file `path`, in the tensor `name`, at the byte `offset` of the file. A
  // place that is set already stays: whoever was nearer knew better. Success stays success.
  Status AtPath(std::string_view path) const;
  Status InTensor(std::string_view name) const;
  Status AtOffset(uint64_t offset) const;

  // The same error seen from one step further out, inside the file and tensor: "part: text".
  // Success stays success.
  Status In(std::string_view part) const;

  // The same error with advice for the person who meets it, in place of any it has.
  Status WithHint(std::string hint) const;

 private:
  struct Place {
    std::string path;
    std::optional<std::string> tensor;
    std::optional<uint64_t> offset;
  };
  struct Rep {
    Reason reason;
    Place place;
    std::string text;
    std::string hint;
    std::string message;  // rendered from the place and the text
  };
  static std::string Render(const Rep& rep);
  // The same error after `change` of a copy of its parts.
  template <typename Change>
  Status Changed(Change change) const;

  std::shared_ptr<const Rep> rep_;
};

// Prints ToString().
CAIRN_EXPORT std::ostream& operator<<(std::ostream& out, const Status& status);

namespace internal {
// Ends the program: its own code is wrong. Prints `what` and the error on stderr.
[[noreturn]] CAIRN_EXPORT void EndProgram(std::string_view what, const Status& error);
}  // namespace internal

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
  // `error` must not be a success: that ends the program.
  Result(Status error) : state_(std::move(error)) {
    if (std::get_if<Status>(&state_)->ok())
      internal::EndProgram("a Result was made from a Status without an error", {});
  }

  bool ok() const { return std::holds_alternative<T>(state_); }
  explicit operator bool() const { return ok(); }
  Status status() const { return ok() ? Status() : *std::get_if<Status>(&state_); }

  // The value. Only when ok(): asking for the value of an error ends the program with its message.
  T& value() & { return *Checked(std::get_if<T>(&state_)); }
  const T& value() const& { return *Checked(std::get_if<T>(&state_)); }
  T&& value() && { return std::move(*Checked(std::get_if<T>(&state_))); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  // The value, or `otherwise` where there is an error.
  template <typename U>
  T value_or(U&& otherwise) const& {
    return ok() ? value() : static_cast<T>(std::forward<U>(otherwise));
  }
  template <typename U>
  T value_or(U&& otherwise) && {
    return ok() ? std::move(*this).value() : static_cast<T>(std::forward<U>(otherwise));
  }

  // The value as it is, or the error with its place: see Status.
  Result AtPath(std::string_view path) && {
    if (!ok()) return status().AtPath(path);
    return std::move(*this);
  }
  Result InTensor(std::string_view name) && {
    if (!ok()) return status().InTensor(name);
    return std::move(*this);
  }
  Result AtOffset(uint64_t offset) && {
    if (!ok()) return status().AtOffset(offset);
    return std::move(*this);
  }
  Result In(std::string_view part) && {
    if (!ok()) return status().In(part);
    return std::move(*this);
  }

 private:
  template <typename Pointer>
  Pointer Checked(Pointer value) const {
    if (value == nullptr) internal::EndProgram("the value of a failed Result was used", status());
    return value;
  }

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
