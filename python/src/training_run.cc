#include "python/src/training_run.h"

#include <algorithm>

#include "cairn/core/escape.h"

namespace cairn::python {

// A state of the program as a callback, which is how a run keeps it. What a checkpoint has of it is
// taken by ResumeOptions::prepare.
class TrainingRun::StateText final : public Callback {
 public:
  StateText(std::string name, const TextOf& text_of) : name_(std::move(name)), text_of_(text_of) {}
  std::string_view name() const override { return name_; }
  std::string SaveState() const override { return text_of_("state/" + name_); }

 private:
  std::string name_;
  const TextOf& text_of_;
};

namespace {

ModelSaverOptions WithMonitors(ModelSaverOptions options, const Monitors& monitors, Log& log,
                               std::function<void(const SavedCheckpoint&)> on_saved) {
  options.monitors = &monitors;
  options.log = &log;
  options.on_saved = std::move(on_saved);
  return options;
}

std::unique_ptr<BestSaver> MakeBest(const BestStatistic& best, const Monitors& monitors,
                                    ModelSaver& saver, Log& log) {
  BestSaverOptions options{.filename = best.filename, .log = &log};
  if (best.is_largest)
    return std::make_unique<MaxSaver>(monitors, saver, best.statistic, std::move(options));
  return std::make_unique<MinSaver>(monitors, saver, best.statistic, std::move(options));
}

}  // namespace

TrainingRun::TrainingRun(FileSystem& fs, Session& session, Log& log, TextOf text_of,
                         TrainingRunOptions options)
    : fs_(fs),
      session_(session),
      log_(log),
      text_of_(std::move(text_of)),
      options_(std::move(options)),
      monitors_(fs, options_.directory, log, options_.monitors),
      saver_(fs, options_.directory, session, components_,
             WithMonitors(options_.saver, monitors_, log,
                          [this](const SavedCheckpoint& saved) {
                            const std::lock_guard lock(mutex_);
                            saved_.push_back(saved);
                          })),
      periodic_(saver_, options_.period) {
  AddComponents();
}

TrainingRun::~TrainingRun() { saver_.AfterError(); }

void TrainingRun::AddComponents() {
  components_.Add(monitors_);
  for (const BestStatistic& best : options_.best)
    components_.Add(*best_.emplace_back(MakeBest(best, monitors_, saver_, log_)));
  components_.Add(periodic_);
  for (const std::string& name : options_.names.states)
    components_.Add(*states_.emplace_back(std::make_unique<StateText>(name, text_of_)));
  for (const std::string& name : options_.names.generators)
    components_.AddGenerator(
        name, [this, name] { return text_of_("generator/" + name); },
        [](const std::string&) { return true; });
  if (options_.names.has_data)
    components_.SetDataPosition([this] { return text_of_("data"); },
                                [](std::string_view) { return Status(); });
}

std::vector<SavedCheckpoint> TrainingRun::TakeSaved() {
  const std::lock_guard lock(mutex_);
  return std::exchange(saved_, {});
}

// ---- Where the training begins

Status TrainingRun::CheckNotBegun() const {
  if (!has_begun_) return {};
  return Status(Reason::kArgument, "the training has begun at step " +
                                       std::to_string(position_.step) +
                                       ": it can only be resumed before that");
}

Result<Resumed> TrainingRun::ResumeNewest(const ResumeOptions& options) {
  CAIRN_RETURN_IF_ERROR(CheckNotBegun());
  CAIRN_ASSIGN_OR_RETURN(Resumed resumed,
                         Resume(fs_, options_.directory, session_, components_, options));
  position_ = resumed.position;
  resume_at_ = position_;
  return resumed;
}

Result<Resumed> TrainingRun::AutoResume(const SessionInit* loader, int64_t starting_epoch,
                                        const AutoResumeOptions& options) {
  CAIRN_RETURN_IF_ERROR(CheckNotBegun());
  CAIRN_ASSIGN_OR_RETURN(AutoResumeTrainConfig config,
                         AutoResumeTrainConfig::Make(fs_, options_.directory,
                                                     {.components = &components_,
                                                      .session = &session_,
                                                      .session_init = loader,
                                                      .steps_per_epoch = options_.steps_per_epoch,
                                                      .starting_epoch = starting_epoch,
                                                      .log = &log_},
                                                     options));
  if (config.resumed.checkpoint) {
    position_ = config.resumed.position;
    resume_at_ = position_;
    return config.resumed;
  }
  if (loader) {
    CAIRN_ASSIGN_OR_RETURN(const RestorePlan plan, loader->Init(session_));
    for (const std::string& warning : plan.warnings) log_.Warning(warning);
  }
  position_ = {.step = (starting_epoch - 1) * options_.steps_per_epoch,
               .epoch = starting_epoch - 1};
  config.resumed.position = position_;
  return config.resumed;
}

TrainConfig TrainingRun::Config() {
  return {.components = &components_,
          .session = &session_,
          .steps_per_epoch = options_.steps_per_epoch,
          .resume_at = resume_at_,
          .log = &log_};
}

// Calls Monitors first and ModelSaver last, as the stages of callbacks ask for it.
Status TrainingRun::ForEach(const std::function<Status(Callback&)>& call) {
  CAIRN_RETURN_IF_ERROR(call(monitors_));
  for (const auto& best : best_) CAIRN_RETURN_IF_ERROR(call(*best).In(best->name()));
  return call(periodic_);
}

Status TrainingRun::Begin() {
  if (has_begun_) return {};
  const TrainConfig config = Config();
  CAIRN_RETURN_IF_ERROR(ForEach([&](Callback& callback) { return callback.Setup(config); }));
  CAIRN_RETURN_IF_ERROR(
      ForEach([&](Callback& callback) { return callback.BeforeTrain(position_); }));
  has_begun_ = true;
  return {};
}

// ---- While it goes on

// Compares only statistics that were recorded now.
Status TrainingRun::TriggerBest(const Scalars& scalars) {
  for (size_t i = 0; i < best_.size(); ++i) {
    const auto is_its = [&](const auto& scalar) {
      return scalar.first == options_.best[i].statistic;
    };
    if (std::ranges::any_of(scalars, is_its))
      CAIRN_RETURN_IF_ERROR(best_[i]->Trigger(position_).In(best_[i]->name()));
  }
  return {};
}

Status TrainingRun::EndEpoch() {
  ++position_.epoch;
  position_.epoch_step = 0;
  CAIRN_RETURN_IF_ERROR(monitors_.TriggerEpoch(position_));
  return periodic_.TriggerEpoch(position_);
}

Status TrainingRun::Step(int64_t num_done, const Scalars& scalars, bool ends_epoch) {
  CAIRN_RETURN_IF_ERROR(Begin());
  if (num_done <= position_.step)
    return Status(Reason::kArgument, std::to_string(num_done) + " steps are done, but " +
                                         std::to_string(position_.step) + " were before")
        .WithHint("number the steps from the .step that resume() returned");
  // The scalars are those of the last of these steps.
  CAIRN_RETURN_IF_ERROR(monitors_.BeforeEpoch({num_done - 1, position_.epoch, 0}));
  position_.epoch_step += num_done - position_.step;
  position_.step = num_done;
  for (const auto& [name, value] : scalars) monitors_.Put(name, value);
  CAIRN_RETURN_IF_ERROR(TriggerBest(scalars));
  CAIRN_RETURN_IF_ERROR(monitors_.TriggerStep(position_));
  const int64_t steps_per_epoch = options_.steps_per_epoch;
  const bool is_full = steps_per_epoch > 0 && position_.epoch_step >= steps_per_epoch;
  return ends_epoch || is_full ? EndEpoch() : periodic_.TriggerStep(position_);
}

Status TrainingRun::Save() {
  CAIRN_RETURN_IF_ERROR(Begin());
  // A run that begins at step 0 has no checkpoint of it yet.
  const bool is_last = position_.step > 0 && position_.step == saver_.last_step();
  if (is_last || position_.step == saved_step_) return {};
  CAIRN_ASSIGN_OR_RETURN(const SavedCheckpoint saved, saver_.Save(position_));
  if (!saved.was_skipped) saved_step_ = position_.step;
  return {};
}

Status TrainingRun::End(bool will_be_resumed) {
  if (!has_begun_) return {};
  return ForEach([&](Callback& callback) {
    return will_be_resumed ? callback.BeforeStop(position_) : callback.AfterTrain(position_);
  });
}

}  // namespace cairn::python
