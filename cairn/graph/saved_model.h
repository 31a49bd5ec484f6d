// The file that makes a directory a SavedModel.
//
//   SavedModel: saved_model_schema_version = 1 int64, meta_graphs = 2 repeated MetaGraphDef
//
// Source: tensorflow/core/protobuf/saved_model.proto.
#ifndef CAIRN_GRAPH_SAVED_MODEL_H_
#define CAIRN_GRAPH_SAVED_MODEL_H_

#include "cairn/core/bytes.h"
#include "cairn/core/status.h"

namespace cairn {

// The first graph of a saved_model.pb, a MetaGraphDef that is not looked into. Errors: kProto;
// kFormat (no graph at all).
Result<Bytes> FindMetaGraph(Bytes saved_model);

}  // namespace cairn

#endif  // CAIRN_GRAPH_SAVED_MODEL_H_
