// The training of a program's own loop: how it is resumed and saved.
#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/vector.h>

#include <array>

#include "cairn/core/escape.h"
#include "python/src/bindings.h"
#include "python/src/collect_garbage.h"
#include "python/src/names.h"
#include "python/src/saved_run.h"
#include "python/src/tensors.h"

namespace cairn::python {
namespace {

namespace nb = nanobind;

// A choice that Python names by a word.
template <typename Enum>
struct Choice {
  std::string_view word;
  Enum value;
};
constexpr std::array kFormatWords = {
    Choice<CheckpointFormat>{"tf", CheckpointFormat::kTensorFlow},
    Choice<CheckpointFormat>{"safetensors", CheckpointFormat::kSafetensors},
    Choice<CheckpointFormat>{"npz", CheckpointFormat::kNpz}};
constexpr std::array kDurabilityWords = {
    Choice<SaveDurability>{"power", SaveDurability::kPower},
    Choice<SaveDurability>{"process", SaveDurability::kProcess}};
constexpr std::array kStillSavingWords = {
    Choice<IfStillSaving>{"wait", IfStillSaving::kWait},
    Choice<IfStillSaving>{"skip", IfStillSaving::kSkip},
    Choice<IfStillSaving>{"replace", IfStillSaving::kReplaceWaiting}};
constexpr std::array kLevelWords = {"info", "warning", "error"};

// Returns what a word of an argument says. Raises InvalidArgumentError for another word.
template <typename Choices>
auto ChoiceOf(const Choices& choices, std::string_view argument, std::string_view word) {
  std::string words;
  for (const auto& choice : choices) {
    if (choice.word == word) return choice.value;
    words += (words.empty() ? "" : ", ") + std::string(choice.word);
  }
  Throw(Status(Reason::kArgument, std::string(argument) + " is " + Quoted(word))
            .WithHint("use one of " + words));
}

void BindOptions(nb::module_& module) {
  using Options = TrainingRunOptions;
  nb::class_<Options>(module, "RunOptions", "How a training is saved.")
      .def(nb::init<>())
      .def_prop_rw(
          "directory", [](const Options& o) { return NameOf(o.directory); },
          [](Options& o, nb::handle path) { o.directory = BytesOfPath(path); },
          nb::for_getter(nb::sig("def directory(self) -> str")),
          nb::for_setter(
              nb::sig("def directory(self, path: str | bytes | os.PathLike[str], /) -> None")))
      .def(
          "set_format",
          [](Options& o, std::string_view w) {
            o.saver.format = ChoiceOf(kFormatWords, "format", w);
          },
          nb::arg("word"))
      .def(
          "set_durability",
          [](Options& o, std::string_view w) {
            o.saver.durability = ChoiceOf(kDurabilityWords, "durability", w);
          },
          nb::arg("word"))
      .def(
          "set_background",
          [](Options& o, bool background, std::string_view if_still_saving) {
            o.saver.background = background;
            o.saver.if_still_saving =
                ChoiceOf(kStillSavingWords, "if_still_saving", if_still_saving);
          },
          nb::arg("background"), nb::arg("if_still_saving"))
      .def(
          "take_over_lease",
          [](Options& o) { o.saver.if_held_elsewhere = IfHeldElsewhere::kTakeOver; },
          "Takes over the lease that another host has on the directory.")
      .def(
          "set_retention",
          [](Options& o, uint64_t max_to_keep, double hours, int64_t steps, uint64_t max_nbytes) {
            RetentionRules& rules = o.saver.retention;
            rules.max_to_keep = max_to_keep;
            rules.keep_checkpoint_every_n_hours = hours;
            rules.keep_every_n_steps = steps;
            rules.max_nbytes = max_nbytes;
          },
          nb::arg("max_to_keep"), nb::arg("every_n_hours"), nb::arg("every_n_steps"),
          nb::arg("max_nbytes"))
      .def(
          "set_keep_best",
          [](Options& o, std::string statistic, uint64_t count, bool largest) {
            o.saver.retention.keep_best = {std::move(statistic), count, largest};
          },
          nb::arg("statistic"), nb::arg("count"), nb::arg("largest"))
      .def(
          "set_period",
          [](Options& o, int64_t steps, int64_t epochs, double seconds) {
            o.period = {.every_k_steps = steps, .every_k_epochs = epochs, .every_seconds = seconds};
          },
          nb::arg("steps"), nb::arg("epochs"), nb::arg("seconds"))
      .def(
          "set_monitors",
          [](Options& o, bool stats, bool events) {
            o.monitors.writes_stats = stats;
            o.monitors.writes_events = events;
          },
          nb::arg("stats"), nb::arg("events"))
      .def(
          "add_best",
          [](Options& o, std::string statistic, std::string filename, bool largest) {
            o.best.push_back({std::move(statistic), std::move(filename), largest});
          },
          nb::arg("statistic"), nb::arg("filename"), nb::arg("largest"))
      .def(
          "set_names",
          [](Options& o, std::vector<std::string> states, std::vector<std::string> generators,
             bool has_data) { o.names = {std::move(states), std::move(generators), has_data}; },
          nb::arg("states"), nb::arg("generators"), nb::arg("has_data"))
      .def_rw("steps_per_epoch", &Options::steps_per_epoch);
}

nb::list NamesIn(const std::vector<std::string>& texts) {
  nb::list names;
  for (const std::string& text : texts) names.append(NameOf(text));
  return names;
}

nb::dict DictOfTexts(const std::map<std::string, std::string>& texts) {
  nb::dict dict;
  for (const auto& [name, text] : texts) dict[NameOf(name)] = NameOf(text);
  return dict;
}

// Has Python prepare for the checkpoint that was chosen: prepare(tensors, states, generators,
// data).
Status Prepare(const SavedRun& run, nb::handle prepare, const TensorDict& dict,
               const std::optional<RunState>& state) {
  const nb::gil_scoped_acquire acquire;
  const Status status = run.session().errors().Catch([&]() -> Status {
    const RunState known = state.value_or(RunState());
    prepare(std::make_shared<Tensors>(dict), DictOfTexts(known.callbacks),
            DictOfTexts(known.generators), NameOf(known.data_position));
    return {};
  });
  run.session().Forget();
  return status;
}

ResumeOptions OptionsOfResume(const SavedRun& run, nb::handle prepare, bool start_fresh) {
  ResumeOptions options;
  options.if_nothing_good = start_fresh ? IfNothingGood::kStartFresh : IfNothingGood::kFail;
  options.prepare = [&run, prepare](const TensorDict& dict, const std::optional<RunState>& state) {
    return Prepare(run, prepare, dict, state);
  };
  return options;
}

Resumed ResumeRun(SavedRun& run, nb::handle prepare, bool start_fresh) {
  const ResumeOptions options = OptionsOfResume(run, prepare, start_fresh);
  return run.Run([&](TrainingRun& training) { return training.ResumeNewest(options); });
}

Resumed AutoResumeRun(SavedRun& run, nb::handle prepare, bool start_fresh,
                      const SessionInit* loader, int64_t starting_epoch, bool always_resume) {
  const AutoResumeOptions options{.always_resume = always_resume,
                                  .resume = OptionsOfResume(run, prepare, start_fresh)};
  return run.Run(
      [&](TrainingRun& training) { return training.AutoResume(loader, starting_epoch, options); });
}

nb::tuple TupleOfPosition(const TrainPosition& position) {
  return nb::make_tuple(position.step, position.epoch, position.epoch_step);
}

nb::object BestOf(SavedRun& run, size_t i) {
  const auto best = run.LookAt([&](const TrainingRun* training) {
    return training ? training->best().at(i)->best() : std::nullopt;
  });
  if (!best) return nb::none();
  return nb::make_tuple(best->step, best->value);
}

nb::tuple PositionOf(SavedRun& run) {
  return TupleOfPosition(run.LookAt([](const TrainingRun* training) {
    return training ? training->position() : TrainPosition();
  }));
}

nb::list LinesOfLog(SavedRun& run) {
  nb::list lines;
  for (const QueuedLog::Line& line : run.TakeLines())
    lines.append(nb::make_tuple(kLevelWords[static_cast<size_t>(line.level)], NameOf(line.text)));
  return lines;
}

nb::list SavedBy(SavedRun& run) {
  const auto saved = run.LookAt([](TrainingRun* training) {
    return training ? training->TakeSaved() : std::vector<SavedCheckpoint>();
  });
  nb::list all;
  for (const SavedCheckpoint& one : saved)
    all.append(nb::make_tuple(NameOf(one.name), NamesIn(one.report.files), one.report.nbytes,
                              NamesIn(one.copies), NamesIn(one.removed), NamesIn(one.warnings)));
  return all;
}

void BindResumed(nb::module_& module) {
  nb::class_<Resumed>(module, "Resumed", "Where a run goes on.")
      .def_prop_ro(
          "checkpoint",
          [](const Resumed& resumed) -> nb::object {
            if (!resumed.checkpoint) return nb::none();
            return NameOf(*resumed.checkpoint);
          },
          nb::sig("def checkpoint(self) -> str | None"))
      .def_prop_ro(
          "position", [](const Resumed& r) { return TupleOfPosition(r.position); },
          nb::sig("def position(self) -> tuple[int, int, int]"),
          "The steps, the epochs, and the steps of the next epoch that are done.")
      .def_ro("has_run_state", &Resumed::has_run_state)
      .def_prop_ro(
          "passed_over", [](const Resumed& r) { return NamesIn(r.passed_over); },
          nb::sig("def passed_over(self) -> list[str]"))
      .def_prop_ro(
          "notes", [](const Resumed& r) { return NamesIn(r.notes); },
          nb::sig("def notes(self) -> list[str]"))
      .def(
          "text", [](const Resumed& r) { return NameOf(r.ToString()); },
          nb::sig("def text(self) -> str"));
}

}  // namespace

void BindTraining(nb::module_& module) {
  BindOptions(module);
  BindResumed(module);
  nb::class_<SavedRun>(module, "Run", nb::type_slots(GarbageSlots<SavedRun>::slots),
                       "A training of a program's own loop.")
      .def(nb::init<nb::object, nb::object, TrainingRunOptions>(), nb::arg("session"),
           nb::arg("logger_dir").none(), nb::arg("options"),
           nb::sig("def __init__(self, session: Session, logger_dir: LoggerDir | None, options: "
                   "RunOptions) -> None"))
      .def("resume", ResumeRun, nb::arg("prepare"), nb::arg("start_fresh"),
           nb::sig("def resume(self, prepare: collections.abc.Callable[..., None], start_fresh: "
                   "bool) -> Resumed"),
           "Goes on where the newest good checkpoint was saved.")
      .def("auto_resume", AutoResumeRun, nb::arg("prepare"), nb::arg("start_fresh"),
           nb::arg("loader").none(), nb::arg("starting_epoch"), nb::arg("always_resume"),
           nb::sig("def auto_resume(self, prepare: collections.abc.Callable[..., None], "
                   "start_fresh: bool, loader: SessionInit | None, starting_epoch: int, "
                   "always_resume: bool) -> Resumed"),
           "The same for the directory of a run of tensorpack, too.")
      .def(
          "begin", [](SavedRun& run) { run.Run([](TrainingRun& r) { return r.Begin(); }); },
          "Locks the directory.")
      .def(
          "step",
          [](SavedRun& run, int64_t num_done, const TrainingRun::Scalars& scalars,
             bool ends_epoch) {
            run.Run([&](TrainingRun& r) { return r.Step(num_done, scalars, ends_epoch); });
          },
          nb::arg("num_done"), nb::arg("scalars"), nb::arg("ends_epoch"),
          "Says how many steps are done since the run began, and saves if that is due.")
      .def(
          "save", [](SavedRun& run) { run.Run([](TrainingRun& r) { return r.Save(); }); },
          "Saves now, unless this step is saved already.")
      .def(
          "wait", [](SavedRun& run) { run.Run([](TrainingRun& r) { return r.Wait(); }); },
          "Waits until everything is written.")
      .def(
          "end",
          [](SavedRun& run, bool will_be_resumed) {
            run.Run([&](TrainingRun& r) { return r.End(will_be_resumed); });
          },
          nb::arg("will_be_resumed"), "Saves the last step, and waits.")
      .def(
          "abandon",
          [](SavedRun& run) { run.Run([](TrainingRun& r) { return r.Abandon(), Status(); }); },
          "Waits until nothing is left to write, and saves nothing.")
      .def("close", &SavedRun::Close, "Lets the directory go. Every later call is an error.")
      .def("position", PositionOf, nb::sig("def position(self) -> tuple[int, int, int]"))
      .def("best", BestOf, nb::arg("i"),
           nb::sig("def best(self, i: int) -> tuple[int, float] | None"),
           "Returns the step and the value that are best so far.")
      .def("take_lines", LinesOfLog, nb::sig("def take_lines(self) -> list[tuple[str, str]]"),
           "Returns the lines that were logged since the last call, each with its level.")
      .def("take_saved", SavedBy,
           nb::sig("def take_saved(self) -> list[tuple[str, list[str], int, list[str], list[str], "
                   "list[str]]]"),
           "Returns what was saved since the last call: name, files, size, copies, removed "
           "checkpoints, warnings.");
}

}  // namespace cairn::python
