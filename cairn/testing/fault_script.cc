#include "cairn/testing/fault_script.h"

#include <algorithm>
#include <map>
#include <set>

namespace cairn {
namespace {

constexpr std::array<std::string_view, kNumCalls> kNames = {
    "open", "read",  "create", "write",  "allocate",       "sync",       "close", "stat",
    "list", "mkdir", "rename", "remove", "sync-directory", "free-space", "lock"};

Status InjectedError(Reason reason, const TracedCall& call, std::string_view why) {
  return Status(reason, std::string(Name(call.call)) + ": " + std::string(why)).AtPath(call.path);
}

// Files that must not be used any more, by their number and by their path.
class Abandoned {
 public:
  bool Forbids(const TracedCall& call) const {
    switch (call.call) {
      case Call::kWrite:
      case Call::kAllocate:
      case Call::kSync:
        return files_.contains(call.file);
      case Call::kRename:
        return paths_.contains(call.path);
      default:
        return false;
    }
  }

  void Learn(const TracedCall& call) {
    const bool succeeded = call.result == Reason::kNone;
    if (!succeeded && (call.call == Call::kSync || call.call == Call::kClose)) {
      files_.insert(call.file);
      paths_.insert(call.path);
    }
    if (succeeded && call.call == Call::kRemove) paths_.erase(call.path);
  }

 private:
  std::set<uint64_t> files_;
  std::set<std::string> paths_;
};

}  // namespace

std::string_view Name(Call call) { return kNames[static_cast<size_t>(call)]; }

bool IsMutation(Call call) {
  switch (call) {
    case Call::kCreate:
    case Call::kWrite:
    case Call::kAllocate:
    case Call::kSync:
    case Call::kCreateDirectories:
    case Call::kRename:
    case Call::kRemove:
    case Call::kSyncDirectory:
    case Call::kLock:  // it may create the file
      return true;
    default:
      return false;
  }
}

std::string ToString(const TracedCall& call) {
  std::string text = std::string(Name(call.call)) + " " + call.path;
  if (call.call == Call::kRename) text += " to " + call.to;
  if (call.call == Call::kAllocate) text += " " + std::to_string(call.nbytes);
  if (call.call == Call::kWrite || call.call == Call::kRead)
    text += " " + std::to_string(call.nbytes) + " at " + std::to_string(call.offset);
  if (call.result != Reason::kNone) text += ": " + std::string(ReasonWord(call.result));
  return text;
}

void FaultScript::Inject(Fault fault) {
  std::scoped_lock lock(mutex_);
  faults_.push_back({std::move(fault)});
}

void FaultScript::StopAt(uint64_t nth, size_t done_nbytes) {
  std::scoped_lock lock(mutex_);
  stop_ = {num_mutations_ + nth, done_nbytes};
}

void FaultScript::Reset() {
  std::scoped_lock lock(mutex_);
  faults_.clear();
  followers_.clear();
  stop_.reset();
  has_stopped_ = false;
  counts_ = {};
  num_mutations_ = 0;
  trace_.clear();
}

bool FaultScript::has_stopped() const {
  std::scoped_lock lock(mutex_);
  return has_stopped_;
}

uint64_t FaultScript::count(Call call) const {
  std::scoped_lock lock(mutex_);
  return counts_[static_cast<size_t>(call)];
}

uint64_t FaultScript::num_mutations() const {
  std::scoped_lock lock(mutex_);
  return num_mutations_;
}

std::vector<TracedCall> FaultScript::trace() const {
  std::scoped_lock lock(mutex_);
  return trace_;
}

std::vector<std::string> FaultScript::Mutations() const {
  std::vector<std::string> lines;
  for (const TracedCall& call : trace()) {
    if (IsMutation(call.call) || call.call == Call::kClose) lines.push_back(ToString(call));
  }
  return lines;
}

std::optional<std::string> FaultScript::UseAfterFailure() const {
  Abandoned abandoned;
  for (const TracedCall& call : trace()) {
    if (abandoned.Forbids(call)) return ToString(call);
    abandoned.Learn(call);
  }
  return std::nullopt;
}

// Every fault that matches counts the call, whichever applies.
const Fault* FaultScript::FindFault(const TracedCall& call) {
  const Fault* found = nullptr;
  for (Armed& armed : faults_) {
    const Fault& fault = armed.fault;
    if (fault.call != call.call || call.path.find(fault.path_part) == std::string::npos) continue;
    ++armed.seen;
    const bool applies =
        fault.repeat == Repeat::kSticky ? armed.seen >= fault.nth : armed.seen == fault.nth;
    if (applies && found == nullptr) found = &fault;
  }
  return found;
}

FaultScript::Decision FaultScript::Enter(TracedCall call) {
  std::scoped_lock lock(mutex_);
  ++counts_[static_cast<size_t>(call.call)];
  if (IsMutation(call.call)) ++num_mutations_;
  Decision decision{.position = trace_.size(), .error = {}};
  if (has_stopped_) {
    decision.error = InjectedError(Reason::kIo, call, "the machine has stopped");
  } else if (stop_ && num_mutations_ >= stop_->at) {
    has_stopped_ = true;
    decision.error = InjectedError(Reason::kIo, call, "the machine stops here");
    decision.done_nbytes = stop_->done_nbytes;
  } else if (const Fault* fault = FindFault(call)) {
    decision.error = InjectedError(fault->reason, call, "a fault was injected");
    decision.done_nbytes = fault->done_nbytes;
  }
  decision.has_stopped = has_stopped_;
  call.result = decision.error.reason();
  trace_.push_back(std::move(call));
  return decision;
}

void FaultScript::After(Call call, std::string path_part, std::function<void()> then) {
  std::scoped_lock lock(mutex_);
  followers_.push_back({call, std::move(path_part), std::move(then)});
}

void FaultScript::Finish(const Decision& decision, Reason result) {
  std::function<void()> then;
  {
    std::scoped_lock lock(mutex_);
    if (decision.position >= trace_.size()) return;
    TracedCall& done = trace_[decision.position];
    done.result = result;
    const auto follower = std::ranges::find_if(followers_, [&](const Follower& candidate) {
      return candidate.call == done.call && done.path.find(candidate.path_part) != done.path.npos;
    });
    if (follower == followers_.end()) return;
    then = std::move(follower->then);
    followers_.erase(follower);
  }
  then();
}

uint64_t FaultScript::NumberFile() {
  std::scoped_lock lock(mutex_);
  return ++num_files_;
}

}  // namespace cairn
