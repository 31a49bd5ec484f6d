// The fields that the text form of a graph may have, of all messages that are read from it.
#ifndef CAIRN_GRAPH_TEXT_FIELDS_H_
#define CAIRN_GRAPH_TEXT_FIELDS_H_

#include <cstdint>
#include <string_view>

namespace cairn {

enum class TextMessage : uint8_t {
  kUnknown,  // its fields are skipped
  kSavedModel,
  kMetaGraph,
  kMetaInfo,
  kGraph,
  kNode,
  kNodeAttribute,  // an entry of NodeDef.attr
  kAttribute,
  kAttributeList,
  kNameAttrList,
  kTensor,
  kShape,
  kDimension,
  kLibrary,
  kFunction,
  kTextEntry,  // an entry of a map<string, string>
  kOp,
  kArgument,
  kSaver,
  kCollectionEntry,
  kCollection,
  kTexts,  // lists of a collection
  kIntegers,
  kFloats,
  kSignatureEntry,
  kSignature,
  kTensorInfoEntry,
  kTensorInfo,
  kSparse,
  kComposite,
  kObjects,  // SavedObjectGraph
  kObject,
  kChild,
  kNamed,
  kNames,
  kBare,
  kVariable,
  kConcreteFunctionEntry,
  kConcreteFunction,
};

struct TextField {
  enum class Kind : uint8_t { kMessage, kBytes, kInteger, kBool, kFloat, kDouble, kDType };

  TextMessage in;  // the message that has it
  std::string_view name;
  uint32_t tag;
  Kind kind;
  TextMessage message = TextMessage::kUnknown;  // of kMessage
};

// Returns null for a field that is not read.
const TextField* FindTextField(TextMessage in, std::string_view name);

}  // namespace cairn

#endif  // CAIRN_GRAPH_TEXT_FIELDS_H_
