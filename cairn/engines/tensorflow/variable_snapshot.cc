#include "cairn/engines/tensorflow/variable_snapshot.h"

#include "cairn/engines/tensorflow/batches.h"
#include "cairn/engines/tensorflow/runtime_source.h"
#include "cairn/transfer/materialize.h"

namespace cairn::tensorflow {
namespace {

// Reads the items of a batch, whose memory may be that of the variables.
Result<TensorDict> ReadBatch(Runtime& runtime, std::span<const SnapshotItem* const> batch) {
  std::vector<std::string> outputs;
  for (const SnapshotItem* const item : batch) outputs.push_back(item->output);
  CAIRN_ASSIGN_OR_RETURN(auto tensors, runtime.Run({}, outputs, {}));
  TensorDict::Builder builder;
  for (size_t i = 0; i < batch.size(); ++i) {
    CAIRN_ASSIGN_OR_RETURN(auto source, SourceOfTensor(batch[i]->name, std::move(tensors[i])));
    builder.Add(batch[i]->name, std::move(source));
  }
  return builder.Build();
}

Status AddAll(const TensorDict& dict, TensorDict::Builder& builder) {
  for (size_t i = 0; i < dict.size(); ++i) {
    CAIRN_ASSIGN_OR_RETURN(auto source, dict.source(i));
    builder.Add(std::string(dict.name(i)), std::move(source));
  }
  return {};
}

}  // namespace

Result<TensorDict> ReadVariables(Runtime& runtime, std::span<const SnapshotItem> items) {
  std::vector<BatchItem> sizes;
  for (const SnapshotItem& item : items) sizes.push_back({item.nbytes, item.is_ref});
  TensorDict::Builder builder;
  for (const std::vector<size_t>& batch : MakeBatches(sizes)) {
    std::vector<const SnapshotItem*> read;
    for (const size_t i : batch) read.push_back(&items[i]);
    CAIRN_ASSIGN_OR_RETURN(TensorDict dict, ReadBatch(runtime, read));
    if (read[0]->is_ref) {
      CAIRN_ASSIGN_OR_RETURN(dict, Materialize(dict, {}));
    }
    CAIRN_RETURN_IF_ERROR(AddAll(dict, builder));
  }
  return builder.Build();
}

}  // namespace cairn::tensorflow
