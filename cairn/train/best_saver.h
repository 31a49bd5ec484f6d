// Keeps the checkpoint at which a statistic was best: MinSaver, MaxSaver.
#ifndef CAIRN_TRAIN_BEST_SAVER_H_
#define CAIRN_TRAIN_BEST_SAVER_H_

#include <optional>
#include <string>
#include <string_view>

#include "cairn/core/export.h"
#include "cairn/monitor/log.h"
#include "cairn/train/model_saver.h"
#include "cairn/train/monitors.h"

namespace cairn {

struct BestSaverOptions {
  // The name of the copy, without an extension. Empty: `min-STATISTIC` or `max-STATISTIC`, in which
  // '-' stands for '/'.
  std::string filename = {};
  // Borrowed. Null: nothing is logged.
  Log* log = nullptr;
};

// When it is triggered, it looks at the newest value of the statistic. If that is better than every
// value before, the checkpoint of this step gets a second name; ModelSaver then saves this step,
// even where its own period does not ask for it. It does not matter in which order callbacks were
// added. A value that was recorded at an earlier step is not looked at, since the variables have
// changed since; NaN is never the best value.
//
// The best value and its step are in the checkpoint, so that they survive a resume. If a crash came
// between a save and its copy, the copy is made when the run is resumed.
class CAIRN_EXPORT BestSaver : public Callback {
 public:
  struct Best {
    int64_t step = 0;
    double value = 0;

    friend bool operator==(const Best&, const Best&) = default;
  };

  // Returns the best value and its step, or nothing before the first value.
  const std::optional<Best>& best() const { return best_; }
  const std::string& filename() const { return filename_; }

  std::string_view name() const override { return name_; }
  CallbackStage stage() const override { return CallbackStage::kBestSaver; }
  Status Setup(const TrainConfig& config) override;
  Status BeforeTrain(const TrainPosition& position) override;
  Status Trigger(const TrainPosition& position) override;
  std::string SaveState() const override;
  // Errors: kFormat.
  Status LoadState(std::string_view state) override;

 protected:
  enum class Order : uint8_t { kMin, kMax };
  BestSaver(Order order, const Monitors& monitors, ModelSaver& saver, std::string statistic,
            BestSaverOptions options);

 private:
  bool IsBest(double value) const;
  void Warn(const std::string& line) const;

  Order order_;
  const Monitors& monitors_;
  ModelSaver& saver_;
  std::string statistic_;
  std::string filename_;
  std::string name_;
  Log* log_;
  std::optional<Best> best_;
  std::optional<Best> copied_;  // the best before the one whose copy was asked for last
};

// Borrow `monitors` and `saver`, which must outlive them.
class CAIRN_EXPORT MinSaver final : public BestSaver {
 public:
  MinSaver(const Monitors& monitors, ModelSaver& saver, std::string statistic,
           BestSaverOptions options = {})
      : BestSaver(Order::kMin, monitors, saver, std::move(statistic), std::move(options)) {}
};
class CAIRN_EXPORT MaxSaver final : public BestSaver {
 public:
  MaxSaver(const Monitors& monitors, ModelSaver& saver, std::string statistic,
           BestSaverOptions options = {})
      : BestSaver(Order::kMax, monitors, saver, std::move(statistic), std::move(options)) {}
};

}  // namespace cairn

#endif  // CAIRN_TRAIN_BEST_SAVER_H_
