// stats: how the statistics of tensors look as a table, and as JSON.
#ifndef CAIRN_CLI_PRINT_STATS_PRINTER_H_
#define CAIRN_CLI_PRINT_STATS_PRINTER_H_

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cairn/checkpoint/checkpoint.h"
#include "cairn/inspect/statistics.h"
#include "cli/output.h"

namespace cairn::cli {

// Prints each tensor as soon as its statistics are there and those of all before it were printed.
class StatsPrinter {
 public:
  StatsPrinter(const TensorDict& dict, std::span<const size_t> selected, Output& out)
      : dict_(dict), selected_(selected), out_(out), early_(selected.size()) {}
  virtual ~StatsPrinter() = default;

  virtual void Begin() = 0;
  // Ends what was printed. `computed` is an error if not all tensors were reached, which JSON says.
  virtual void Finish(const Status& computed) = 0;

  // Takes the statistics of the k-th selected tensor: from any thread, never from two at once.
  void Take(size_t k, TensorStatistics statistics);

  // The errors of damaged tensors, in order.
  const std::vector<Status>& errors() const { return errors_; }
  // The names of the tensors that have a NaN.
  const std::vector<std::string>& with_nans() const { return with_nans_; }

 protected:
  virtual void Print(const TensorInfo& info, const TensorStatistics& statistics) = 0;

  TensorInfo info(size_t k) const { return dict_.info(selected_[k]); }
  size_t size() const { return selected_.size(); }
  Output& out() const { return out_; }

  // Returns null where there are no numbers: damage, or strings.
  static const Statistics* NumbersOf(const TensorStatistics& statistics);

 private:
  void Judge(size_t k, const TensorStatistics& statistics);

  const TensorDict& dict_;
  std::span<const size_t> selected_;
  Output& out_;
  std::vector<std::optional<TensorStatistics>> early_;  // emptied where it was printed
  size_t next_ = 0;
  std::vector<Status> errors_;
  std::vector<std::string> with_nans_;
};

std::unique_ptr<StatsPrinter> MakeStatsTable(const TensorDict& dict,
                                             std::span<const size_t> selected, Output& out);
std::unique_ptr<StatsPrinter> MakeStatsJson(const Opened& checkpoint,
                                            std::span<const size_t> selected, Output& out);

}  // namespace cairn::cli

#endif  // CAIRN_CLI_PRINT_STATS_PRINTER_H_
