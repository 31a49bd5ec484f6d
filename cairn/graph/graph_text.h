// The text form of a graph (`.pbtxt`), turned into the bytes of its message, so that one parser
// reads both.
#ifndef CAIRN_GRAPH_GRAPH_TEXT_H_
#define CAIRN_GRAPH_GRAPH_TEXT_H_

#include <string>
#include <string_view>

#include "cairn/core/bytes.h"
#include "cairn/core/status.h"

namespace cairn {

// Whether the bytes are text, as far as their front tells: no message of a graph is free of control
// characters there.
bool LooksLikeText(Bytes bytes);

// Returns the serialised MetaGraphDef of a text, whose first field tells what it is: a
// MetaGraphDef, a SavedModel (its first graph is taken) or a GraphDef. Fields that no parser reads
// are left out. Messages may nest up to 100 deep, as protobuf has it. Errors: kFormat (with the
// line), kLimit (nested deeper).
Result<std::string> MetaGraphOfText(std::string_view text);

}  // namespace cairn

#endif  // CAIRN_GRAPH_GRAPH_TEXT_H_
