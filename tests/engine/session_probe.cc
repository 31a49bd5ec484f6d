// A TensorFlow session for the tests in this directory, which do its steps in order:
//
//   session_probe GRAPH STEP...
//
//   list                      prints a line for each variable: name, dtype, dims, what it is
//   restore CHECKPOINT        prints how many variables were matched, missing and unexpected
//   try CHECKPOINT            the same, and goes on after an error, which it prints
//   initialize                those that have no value
//   missing                   prints the names of those that have no value
//   snapshot PREFIX           saves what the variables hold, local ones too
//   run FEEDS OUT FETCHES TARGETS
//                             FETCHES and TARGETS are separated by commas; "-" is none. FEEDS is a
//                             checkpoint with the values, OUT one that is saved with the results
//   signature NAME FEEDS OUT  the same for a signature
//
// TensorFlow is that of the environment variable CAIRN_TENSORFLOW, in this process. Errors go to
// stderr as "E_WORD: message", the exit code is 1.
#include <iostream>
#include <sstream>

#include "cairn/checkpoint/checkpoint.h"
#include "cairn/engines/tensorflow/tensorflow_session.h"
#include "cairn/session/session_init.h"

namespace cairn::testing {
namespace {

// The words of the command line that are left.
class Words {
 public:
  Words(int count, char** words) : words_(words, words + count) {}
  bool empty() const { return next_ == words_.size(); }
  Result<std::string> Next() {
    if (!empty()) return words_[next_++];
    return Status(Reason::kArgument, "a word is missing");
  }

 private:
  std::vector<std::string> words_;
  size_t next_ = 0;
};

std::vector<std::string> SplitAtCommas(const std::string& text) {
  std::vector<std::string> parts;
  if (text == "-") return parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, ',');) parts.push_back(part);
  return parts;
}

Result<TensorDict> OpenFeeds(const std::string& path) {
  return path == "-" ? TensorDict() : Open(LocalFileSystem(), path);
}

Status SaveResults(const std::string& path, const TensorDict& results) {
  return path == "-" ? Status() : Save(LocalFileSystem(), path, results).status();
}

class Steps {
 public:
  Steps(TensorFlowSession& session, Words& words) : session_(session), words_(words) {}

  Status Do(const std::string& step) {
    if (step == "list") return List();
    if (step == "restore") return Restore();
    if (step == "try") return Try();
    if (step == "initialize") return session_.InitializeMissing();
    if (step == "missing") return PrintMissing();
    if (step == "snapshot") return Snapshot();
    if (step == "run") return Run();
    if (step == "signature") return RunSignature();
    return Status(Reason::kArgument, "no such step: " + step);
  }

 private:
  Status List() {
    for (const Variable& variable : session_.variables()) {
      std::cout << variable.name << " " << Name(variable.dtype)
                << (variable.has_known_rank ? ToString(variable.dims) : "?");
      if (variable.collections.trainable) std::cout << " trainable";
      if (variable.collections.model) std::cout << " model";
      if (variable.collections.local) std::cout << " local";
      if (variable.part_of)
        std::cout << " of " << variable.part_of->whole << ToString(variable.part_of->dims) << " at "
                  << ToString(variable.part_of->offset);
      std::cout << "\n";
    }
    return {};
  }

  Status Restore() {
    CAIRN_ASSIGN_OR_RETURN(const std::string checkpoint, words_.Next());
    CAIRN_ASSIGN_OR_RETURN(const RestorePlan plan,
                           SaverRestore(LocalFileSystem(), checkpoint).Init(session_));
    std::cout << plan.Count(Match::kMatched) << " matched, " << plan.Count(Match::kMissing)
              << " missing, " << plan.Count(Match::kUnexpected) << " unexpected\n";
    return {};
  }

  Status Try() {
    if (const Status error = Restore(); !error.ok()) std::cout << error.ToString() << "\n";
    return {};
  }

  Status PrintMissing() {
    CAIRN_ASSIGN_OR_RETURN(const auto missing, session_.Uninitialized());
    for (const VariableId id : missing) std::cout << session_.variables()[id].name << "\n";
    return {};
  }

  Status Snapshot() {
    CAIRN_ASSIGN_OR_RETURN(const std::string path, words_.Next());
    std::vector<VariableId> all;
    for (VariableId id = 0; id < session_.variables().size(); ++id) all.push_back(id);
    CAIRN_ASSIGN_OR_RETURN(const TensorDict dict, session_.Snapshot(all));
    return SaveResults(path, dict);
  }

  Status Run() {
    CAIRN_ASSIGN_OR_RETURN(const std::string feeds_path, words_.Next());
    CAIRN_ASSIGN_OR_RETURN(const std::string out, words_.Next());
    CAIRN_ASSIGN_OR_RETURN(const std::string fetches, words_.Next());
    CAIRN_ASSIGN_OR_RETURN(const std::string targets, words_.Next());
    CAIRN_ASSIGN_OR_RETURN(const TensorDict feeds, OpenFeeds(feeds_path));
    CAIRN_ASSIGN_OR_RETURN(const TensorDict results,
                           session_.Run(feeds, SplitAtCommas(fetches), SplitAtCommas(targets)));
    return SaveResults(out, results);
  }

  Status RunSignature() {
    CAIRN_ASSIGN_OR_RETURN(const std::string name, words_.Next());
    CAIRN_ASSIGN_OR_RETURN(const std::string feeds_path, words_.Next());
    CAIRN_ASSIGN_OR_RETURN(const std::string out, words_.Next());
    CAIRN_ASSIGN_OR_RETURN(const TensorDict feeds, OpenFeeds(feeds_path));
    CAIRN_ASSIGN_OR_RETURN(const TensorDict results, session_.RunSignature(name, feeds));
    return SaveResults(out, results);
  }

  TensorFlowSession& session_;
  Words& words_;
};

Status DoAll(Words& words) {
  TensorFlowOptions options;
  options.process = TensorFlowProcess::kThis;
  CAIRN_ASSIGN_OR_RETURN(const std::string graph, words.Next());
  CAIRN_ASSIGN_OR_RETURN(const auto session,
                         TensorFlowSession::Open(LocalFileSystem(), graph, options));
  Steps steps(*session, words);
  while (!words.empty()) {
    CAIRN_ASSIGN_OR_RETURN(const std::string step, words.Next());
    CAIRN_RETURN_IF_ERROR(steps.Do(step));
  }
  return {};
}

}  // namespace
}  // namespace cairn::testing

int main(int argc, char** argv) {
  cairn::testing::Words words(argc - 1, argv + 1);
  const cairn::Status status = cairn::testing::DoAll(words);
  if (status.ok()) return 0;
  std::cerr << cairn::ReasonWord(status.reason()) << ": " << status.message();
  if (!status.hint().empty()) std::cerr << " (" << status.hint() << ")";
  std::cerr << "\n";
  return 1;
}
