#include "cairn/train/best_saver.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "cairn/core/escape.h"
#include "cairn/monitor/five_digits.h"
#include "cairn/state/saved_name.h"
#include "cairn/train/train_config.h"

namespace cairn {
namespace {

// The word of each order, as names of files and of classes begin with it, and as the log has it.
struct OrderWords {
  std::string_view file;
  std::string_view saver;
  std::string_view log;
};
constexpr std::array<OrderWords, 2> kOrderWords = {
    {{"min-", "MinSaver", "minimum"}, {"max-", "MaxSaver", "maximum"}}};

std::string FileNameOf(const OrderWords& words, std::string statistic) {
  std::ranges::replace(statistic, '/', '-');
  return std::string(words.file) + statistic;
}

// "12 0.30000001192092896"
template <typename Number>
bool TakeNumber(std::string_view& text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return error == std::errc();
}

}  // namespace

BestSaver::BestSaver(Order order, const Monitors& monitors, ModelSaver& saver,
                     std::string statistic, BestSaverOptions options)
    : order_(order),
      monitors_(monitors),
      saver_(saver),
      statistic_(std::move(statistic)),
      filename_(std::move(options.filename)),
      log_(options.log) {
  const OrderWords& words = kOrderWords[static_cast<size_t>(order_)];
  if (filename_.empty()) filename_ = FileNameOf(words, statistic_);
  name_ = std::string(words.saver) + " " + filename_;
}

// A copy under one of ModelSaver's own names would be rotated away, or be in the way of a save.
Status BestSaver::Setup(const TrainConfig& config) {
  const auto saves = [](const Callback* callback) {
    return callback->stage() == CallbackStage::kSaver;
  };
  if (std::ranges::none_of(config.components->callbacks(), saves))
    return Status(Reason::kArgument, "its ModelSaver is not a callback of the run");
  const bool is_name = filename_.find('/') == std::string::npos && filename_ != "checkpoint";
  if (is_name && !StepOfSavedName(filename_)) return {};
  return Status(Reason::kArgument, Quoted(filename_) + " cannot be the name of a best checkpoint");
}

bool BestSaver::IsBest(double value) const {
  if (std::isnan(value)) return false;
  if (!best_) return true;
  return order_ == Order::kMin ? value < best_->value : value > best_->value;
}

void BestSaver::Warn(const std::string& line) const {
  if (log_) log_->Warning("[" + name_ + "] " + line);
}

Status BestSaver::BeforeTrain(const TrainPosition& position) {
  if (best_ && best_->step == position.step) saver_.CopyTo(filename_, best_->step);
  return {};
}

Status BestSaver::Trigger(const TrainPosition& position) {
  // A best checkpoint that could not be saved is not what later values must beat.
  if (saver_.TakeFailedCopy(filename_)) best_ = copied_;
  const std::optional<Monitors::Recorded> recorded = monitors_.Latest(statistic_);
  if (!recorded) {
    Warn("there is no statistic " + Quoted(statistic_) + " yet: nothing is compared");
    return {};
  }
  if (recorded->step != position.step || !IsBest(recorded->value)) return {};
  copied_ = best_;
  best_ = Best{position.step, recorded->value};
  const OrderWords& words = kOrderWords[static_cast<size_t>(order_)];
  saver_.CopyTo(filename_, position.step,
                "Model at global_step=" + std::to_string(position.step) + " with " +
                    std::string(words.log) + " " + statistic_ + "=" + FiveDigits(recorded->value) +
                    " saved.");
  return {};
}

std::string BestSaver::SaveState() const {
  if (!best_) return {};
  std::array<char, 32> value;
  const auto end = std::to_chars(value.data(), value.data() + value.size(), best_->value);
  return std::to_string(best_->step) + " " + std::string(value.data(), end.ptr);
}

Status BestSaver::LoadState(std::string_view state) {
  Best best;
  std::string_view rest = state;
  const bool has_step = TakeNumber(rest, best.step) && rest.starts_with(' ');
  if (has_step) rest.remove_prefix(1);
  if (!has_step || !TakeNumber(rest, best.value) || !rest.empty() || best.step < 0 ||
      std::isnan(best.value))
    return Status(Reason::kFormat,
                  "expected a step and the best value, such as '12 0.3', found " + Quoted(state));
  best_ = copied_ = best;
  return {};
}

}  // namespace cairn
