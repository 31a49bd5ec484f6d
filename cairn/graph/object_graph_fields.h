// The field numbers of TrackableObjectGraph and its parts (object_graph.h has the grammar).
#ifndef CAIRN_GRAPH_OBJECT_GRAPH_FIELDS_H_
#define CAIRN_GRAPH_OBJECT_GRAPH_FIELDS_H_

#include <protozero/types.hpp>

namespace cairn::object_graph {

enum GraphTag : protozero::pbf_tag_type { kNodes = 1 };
enum ObjectTag : protozero::pbf_tag_type {
  kChildren = 1,
  kAttributes = 2,
  kSlotVariables = 3,
  kRegisteredSaver = 4
};
enum ChildTag : protozero::pbf_tag_type { kNodeId = 1, kLocalName = 2 };
enum AttributeTag : protozero::pbf_tag_type { kName = 1, kFullName = 2, kCheckpointKey = 3 };
enum SlotTag : protozero::pbf_tag_type { kOriginal = 1, kSlotName = 2, kSlotVariable = 3 };

}  // namespace cairn::object_graph

#endif  // CAIRN_GRAPH_OBJECT_GRAPH_FIELDS_H_
