#include <nanobind/nanobind.h>
#include <nanobind/stl/string_view.h>

#include "cairn/inspect/statistics.h"
#include "python/src/arrays.h"
#include "python/src/bindings.h"
#include "python/src/errors.h"
#include "python/src/long_call.h"
#include "python/src/names.h"
#include "python/src/number_object.h"
#include "python/src/tensors.h"

namespace cairn::python {
namespace {

namespace nb = nanobind;

nb::object DictOfHistogram(const Histogram& histogram) {
  if (histogram.counts().empty()) return nb::none();
  nb::dict dict;
  dict["start"] = histogram.start(0);
  dict["width"] = histogram.start(1) - histogram.start(0);
  nb::list counts;
  for (const uint64_t count : histogram.counts()) counts.append(count);
  dict["counts"] = counts;
  return dict;
}

void AddStatistics(const Statistics& statistics, nb::dict& dict) {
  dict["elements"] = statistics.num_elements;
  dict["zeros"] = statistics.num_zeros;
  dict["nan"] = statistics.num_nans;
  dict["positive_inf"] = statistics.num_positive_infinities;
  dict["negative_inf"] = statistics.num_negative_infinities;
  dict["min"] = ObjectOf(statistics.min);
  dict["max"] = ObjectOf(statistics.max);
  const bool has_values = statistics.min.has_value();
  dict["mean"] = has_values ? nb::cast(statistics.mean) : nb::none();
  dict["std"] = has_values ? nb::cast(statistics.stddev) : nb::none();
  dict["histogram"] = DictOfHistogram(statistics.histogram);
}

void AddStringStatistics(const StringStatistics& strings, nb::dict& dict) {
  dict["elements"] = strings.num_elements;
  dict["bytes"] = strings.nbytes;
  dict["shortest"] = strings.shortest;
  dict["longest"] = strings.longest;
}

nb::dict DictOfStatistics(const TensorInfo& info, const TensorStatistics& statistics) {
  nb::dict dict;
  dict["name"] = NameOf(info.name);
  dict["dtype"] =
      NameOf(info.stored_as.empty() || info.is_readable() ? Name(info.dtype) : info.stored_as);
  dict["shape"] = ShapeTuple(info.dims);
  if (!statistics.error.ok()) {
    dict["error"] = ReasonWord(statistics.error.reason());
  } else if (const auto* numbers = std::get_if<Statistics>(&statistics.values)) {
    AddStatistics(*numbers, dict);
  } else {
    AddStringStatistics(std::get<StringStatistics>(statistics.values), dict);
  }
  return dict;
}

nb::list Stats(const Tensors& tensors, nb::handle progress) {
  const TensorDict& dict = tensors.dict();
  std::vector<TensorStatistics> all(dict.size());
  std::vector<std::shared_ptr<const TensorSource>> sources;
  std::vector<size_t> positions;
  uint64_t nbytes = 0;
  for (size_t i = 0; i < dict.size(); ++i) {
    auto source = dict.source(i);
    if (!source.ok()) {
      all[i].error = source.status();
      continue;
    }
    nbytes += (*source)->nbytes();
    sources.push_back(*std::move(source));
    positions.push_back(i);
  }
  Check(RunWithoutGil(nbytes, progress, [&](const TransferOptions& options) {
    return ComputeStatistics(sources, options, [&](size_t i, TensorStatistics statistics) {
      all[positions[i]] = std::move(statistics);
    });
  }));
  nb::list rows;
  for (size_t i = 0; i < all.size(); ++i) rows.append(DictOfStatistics(dict.info(i), all[i]));
  return rows;
}

}  // namespace

void BindStats(nb::module_& module) {
  module.def("stats", Stats, nb::arg("tensors"), nb::arg("progress").none(),
             nb::sig("def stats(tensors: Tensors, progress: collections.abc.Callable[[int, int], "
                     "object] | None) -> list[dict[str, typing.Any]]"),
             "Returns what `cairn stats --json` says of each tensor.");
}

}  // namespace cairn::python
