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

// Whether the outermost level of a saved_model.pb is sound: graphs are not looked into. Errors:
// kProto; kFormat (no graph at all).
Status CheckSavedModel(Bytes message);

}  // namespace cairn

#endif  // CAIRN_GRAPH_SAVED_MODEL_H_
