// The state of a training run beside its variables, which must not be lost with the process.
#ifndef CAIRN_TRAIN_RUN_COMPONENTS_H_
#define CAIRN_TRAIN_RUN_COMPONENTS_H_

#include <functional>
#include <locale>
#include <map>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/core/export.h"
#include "cairn/data/data_source.h"
#include "cairn/state/run_state.h"
#include "cairn/train/callback.h"

namespace cairn {

// Borrows everything that is added; it must outlive the components. Add all of it before Resume, in
// any process the same. Used by one thread.
class CAIRN_EXPORT RunComponents {
 public:
  void Add(Callback& callback) { callbacks_.push_back(&callback); }

  // A random engine of <random>, or anything else whose whole state operator<< writes and
  // operator>> reads. Distributions have state too: std::normal_distribution keeps every second
  // value.
  template <typename Engine>
  void AddGenerator(std::string name, Engine& engine);

  // A generator of another kind: `save` returns its whole state as UTF-8 text. `load` returns false,
  // and changes nothing, if a text is not one of this generator.
  void AddGenerator(std::string name, std::function<std::string()> save,
                    std::function<bool(const std::string&)> load) {
    generators_.push_back({std::move(name), std::move(save), std::move(load)});
  }

  // Where the data stream stands, as UTF-8 text, and how it is taken there again.
  void SetDataPosition(std::function<std::string()> save,
                       std::function<Status(std::string_view)> load) {
    save_data_ = std::move(save);
    load_data_ = std::move(load);
  }

  // The same for a source, which it borrows.
  template <typename T>
  void SetData(DataSource<T>& source) {
    SetDataPosition([&source] { return source.Position(); },
                    [&source](std::string_view position) { return source.Seek(position); });
  }

  // Names what may make the bits of a run differ where it is continued elsewhere: "tensorflow 2.21,
  // 2 threads, AMD EPYC 7543". ModelSaver puts it into the lock file of the run, never into a
  // checkpoint, and Resume says where it is another one than that of the last writer.
  void SetEnvironment(std::string environment) { environment_ = std::move(environment); }
  const std::string& environment() const { return environment_; }

  std::span<Callback* const> callbacks() const { return callbacks_; }

  // Errors: kArgument (two callbacks or two generators of one name).
  Result<RunState> Save(const TrainPosition& position) const;

  struct Loaded {
    TrainPosition position = {};
    std::vector<std::string> notes = {};  // state that nobody took, components that had no state
  };
  // After an error some components have the new state and some the old one: the run must not go on.
  // Errors: kFormat (a state that its owner cannot read), kArgument, those of LoadState.
  Result<Loaded> Load(const RunState& state);

 private:
  struct Generator {
    std::string name;
    std::function<std::string()> save;
    std::function<bool(const std::string&)> load;  // false, and nothing changed: not its text
  };

  Status LoadGenerators(const RunState& state, std::vector<std::string>& notes);
  Status LoadCallbacks(const RunState& state, std::vector<std::string>& notes);
  Status LoadData(const RunState& state, std::vector<std::string>& notes);

  std::vector<Callback*> callbacks_;
  std::vector<Generator> generators_;
  std::string environment_;
  std::function<std::string()> save_data_;
  std::function<Status(std::string_view)> load_data_;
};

template <typename Engine>
void RunComponents::AddGenerator(std::string name, Engine& engine) {
  auto save = [&engine] {
    std::ostringstream out;
    out.imbue(std::locale::classic());  // a grouping locale would write what >> cannot read
    out << engine;
    return out.str();
  };
  auto load = [&engine](const std::string& text) {
    std::istringstream in(text);
    in.imbue(std::locale::classic());
    Engine loaded = engine;
    if (!(in >> loaded) || !(in >> std::ws).eof()) return false;
    engine = loaded;
    return true;
  };
  AddGenerator(std::move(name), std::move(save), std::move(load));
}

}  // namespace cairn

#endif  // CAIRN_TRAIN_RUN_COMPONENTS_H_
