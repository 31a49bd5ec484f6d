// A training for tests that kill it: it says what it has saved, and in which state it resumes.
//   training_probe DIRECTORY STEPS [OPTION…]
//
// It prints "saved model-20" when that checkpoint was reported as saved, and "state STEP HASH"
// after resuming and at the end. What is trained depends on every step before, so a value that is
// lost or belongs to another step changes the hash for good.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <map>
#include <random>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "cairn/io/file_system.h"
#include "cairn/session/memory_session.h"
#include "cairn/train/model_saver.h"
#include "cairn/train/resume.h"

namespace {

struct Options {
  std::string directory;
  int64_t steps = 0;  // the step at which the training ends
  std::map<std::string, int64_t> numbers = {
      {"--every", 1},                           // steps from one save to the next
      {"--keep", 3},                            // checkpoints; 0 = all
      {"--values", 64},                         // of the model
      {"--microseconds", 0},                    // that each step takes
      {"--background", 0},   {"--wait", 0},     // for each save before the next step
      {"--skip", 0},         {"--replace", 0},  // where a save is not done when the next one is due
      {"--process", 0},                         // SaveDurability::kProcess
      {"--npz", 0},          {"--safetensors", 0},
      {"--archive", 0},   // link every file that was saved into DIRECTORY.archive
      {"--states", 0},    // print the state after each step
      {"--progress", 0},  // print "step STEP" after so many steps; 0 = never
  };
  int64_t operator[](const char* name) const { return numbers.at(name); }
};

// Counts what it sees, as a callback with a state of its own.
class Counter final : public cairn::Callback {
 public:
  std::string_view name() const override { return "Counter"; }
  void Add(float value) { text_ += value > 0 ? '+' : '-', text_.erase(0, text_.size() / 40); }
  std::string SaveState() const override { return text_; }
  cairn::Status LoadState(std::string_view state) override {
    text_ = state;
    return {};
  }

 private:
  std::string text_;
};

class Model {
 public:
  explicit Model(int64_t num_values)
      : weights(static_cast<size_t>(num_values)), momenta(weights.size()) {}

  void Step() {
    data = (data * 31 + 17) % 10007;
    for (size_t i = 0; i < weights.size(); ++i) {
      momenta[i] = 0.9f * momenta[i] + noise(random) + 1e-5f * static_cast<float>(data);
      weights[i] += 0.01f * momenta[i];
    }
    words[static_cast<size_t>(data) % 2].assign(static_cast<size_t>(data) % 30, 'x');
    counter.Add(weights[0]);
  }

  // Two states that differ anywhere have other hashes.
  uint64_t Hash() const {
    uint64_t hash = 14695981039346656037u;
    const auto add = [&](const void* bytes, size_t nbytes) {
      for (size_t i = 0; i < nbytes; ++i)
        hash = (hash ^ static_cast<const unsigned char*>(bytes)[i]) * 1099511628211u;
    };
    add(weights.data(), weights.size() * sizeof(float));
    add(momenta.data(), momenta.size() * sizeof(float));
    std::ostringstream rest;
    rest << random << ' ' << noise << ' ' << data << ' ' << counter.SaveState();
    for (const std::string& word : words) rest << ' ' << word;
    const std::string text = rest.str();
    add(text.data(), text.size());
    return hash;
  }

  std::vector<float> weights;
  std::vector<float> momenta;
  std::vector<std::string> words = {"", "b"};
  std::mt19937 random{3};
  std::normal_distribution<float> noise;
  int64_t data = 1;
  Counter counter;
};

// Prints lines as they come, each by one call, so that a kill cuts none.
class PrintedLog final : public cairn::Log {
 public:
  void Write(cairn::LogLevel level, std::string_view line) override {
    if (level == cairn::LogLevel::kInfo) return;
    std::fprintf(stderr, "warning: %s\n", std::string(line).c_str());
  }
};

// Other names for the files of a checkpoint, which outlive its removal.
void Archive(const std::string& directory, const std::string& name) {
  const std::filesystem::path archive = directory + ".archive";
  std::filesystem::create_directory(archive);
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    const std::filesystem::path file = entry.path().filename();
    if (file == name || file.string().starts_with(name + "."))
      std::filesystem::create_hard_link(entry.path(), archive / file);
  }
}

cairn::ModelSaverOptions SaverOptions(const Options& options, cairn::Log& log) {
  cairn::ModelSaverOptions saver;
  saver.retention.max_to_keep = static_cast<uint64_t>(options["--keep"]);
  saver.background = options["--background"] != 0;
  if (options["--skip"] != 0) saver.if_still_saving = cairn::IfStillSaving::kSkip;
  if (options["--replace"] != 0) saver.if_still_saving = cairn::IfStillSaving::kReplaceWaiting;
  if (options["--process"] != 0) saver.durability = cairn::SaveDurability::kProcess;
  if (options["--npz"] != 0) saver.format = cairn::CheckpointFormat::kNpz;
  if (options["--safetensors"] != 0) saver.format = cairn::CheckpointFormat::kSafetensors;
  saver.log = &log;
  saver.on_saved = [&options](const cairn::SavedCheckpoint& saved) {
    std::printf("saved %s\n", saved.name.c_str());
    if (options["--archive"] != 0) Archive(options.directory, saved.name);
  };
  return saver;
}

void PrintState(const Model& model, int64_t step) {
  std::printf("state %lld %016llx\n", static_cast<long long>(step),
              static_cast<unsigned long long>(model.Hash()));
}

cairn::Status Train(const Options& options) {
  cairn::FileSystem& fs = cairn::LocalFileSystem();
  Model model(options["--values"]);
  cairn::MemorySession session;
  const auto num_values = options["--values"];
  CAIRN_RETURN_IF_ERROR(session.Add("w", model.weights, {num_values}, {.trainable = true}));
  CAIRN_RETURN_IF_ERROR(session.Add("w/Momentum", model.momenta, {num_values}));
  CAIRN_RETURN_IF_ERROR(session.Add("words", model.words, {2}));
  cairn::RunComponents components;
  components.Add(model.counter);
  components.AddGenerator("random", model.random);
  components.AddGenerator("noise", model.noise);
  components.SetDataPosition([&] { return std::to_string(model.data); },
                             [&](std::string_view text) -> cairn::Status {
                               model.data = std::stoll(std::string(text));
                               return {};
                             });
  CAIRN_ASSIGN_OR_RETURN(const cairn::Resumed resumed,
                         cairn::Resume(fs, options.directory, session, components));
  std::printf("%s", resumed.ToString().c_str());
  int64_t step = resumed.position.step;
  PrintState(model, step);

  PrintedLog log;
  cairn::ModelSaver saver(fs, options.directory, session, components, SaverOptions(options, log));
  CAIRN_RETURN_IF_ERROR(saver.Begin());
  while (step < options.steps) {
    model.Step(), ++step;
    if (options["--microseconds"] > 0)
      std::this_thread::sleep_for(std::chrono::microseconds(options["--microseconds"]));
    if (options["--states"] != 0) PrintState(model, step);
    const int64_t progress = options["--progress"];
    if (progress > 0 && step % progress == 0)
      std::printf("step %lld\n", static_cast<long long>(step));
    if (step % options["--every"] != 0) continue;
    CAIRN_RETURN_IF_ERROR(saver.Save({.step = step}).status());
    if (options["--wait"] != 0) CAIRN_RETURN_IF_ERROR(saver.Wait());
  }
  CAIRN_RETURN_IF_ERROR(saver.Wait());
  PrintState(model, step);
  return {};
}

// Options are "--name" for 1, or "--name=7".
bool Parse(int argc, char** argv, Options& options) {
  if (argc < 3) return false;
  options.directory = argv[1];
  options.steps = std::atoll(argv[2]);
  for (int i = 3; i < argc; ++i) {
    const std::string argument = argv[i];
    const size_t equals = argument.find('=');
    const auto found = options.numbers.find(argument.substr(0, equals));
    if (found == options.numbers.end()) return false;
    found->second =
        equals == std::string::npos ? 1 : std::atoll(argument.substr(equals + 1).c_str());
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  if (!Parse(argc, argv, options))
    return std::fputs("training_probe DIRECTORY STEPS [--background] [--wait] …\n", stderr), 2;
  std::setvbuf(stdout, nullptr, _IOLBF, 0);  // a line is seen before the next kill
  std::signal(SIGXFSZ, SIG_IGN);             // a file over a limit is an error, not the end
  const cairn::Status status = Train(options);
  if (!status.ok()) std::fprintf(stderr, "error: %s\n", std::string(status.message()).c_str());
  if (!status.hint().empty())
    std::fprintf(stderr, "hint: %s\n", std::string(status.hint()).c_str());
  return status.ok() ? 0 : 1;
}
