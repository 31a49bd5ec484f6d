#include "cairn/graph/meta_graph.h"

#include "cairn/graph/message_fields.h"

namespace cairn {
namespace {

enum MetaGraphTag : protozero::pbf_tag_type {
  kMetaInfo = 1,
  kGraph = 2,
  kSaver = 3,
  kCollections = 4,
  kSignatures = 5,
  kAssets = 6,
  kObjectGraph = 7,
};
enum MetaInfoTag : protozero::pbf_tag_type { kTags = 4, kTensorflowVersion = 5 };
enum GraphTag : protozero::pbf_tag_type { kNodes = 1, kLibrary = 2 };
enum SaverTag : protozero::pbf_tag_type { kFilename = 1, kSave = 2, kRestore = 3 };
enum AssetTag : protozero::pbf_tag_type { kTensorInfo = 1, kFileName = 2 };
constexpr protozero::pbf_tag_type kFunction = 1;
constexpr protozero::pbf_tag_type kTensorName = 1;

template <typename Named>
const Named* FindByName(const std::vector<Named>& sorted, std::string_view name) {
  const auto found = std::ranges::lower_bound(sorted, name, {}, &Named::name);
  return found != sorted.end() && found->name == name ? &*found : nullptr;
}

}  // namespace

Status MetaGraph::ParseMetaInfo(Bytes message) {
  return ForEachBytes(message, "MetaInfoDef", {kTags, kTensorflowVersion},
                      [&](auto tag, Bytes value) -> Status {
                        if (tag == kTags) {
                          tags_.push_back(AsText(value));
                        } else {
                          tensorflow_version_ = AsText(value);
                        }
                        return {};
                      });
}

Status MetaGraph::ParseLibrary(Bytes message) {
  return ForEachBytes(message, "FunctionDefLibrary", {kFunction},
                      [&](auto /*tag*/, Bytes value) -> Status {
                        CAIRN_ASSIGN_OR_RETURN(const Function function, ParseFunction(value));
                        functions_.push_back(function);
                        return {};
                      });
}

Status MetaGraph::ParseGraph(Bytes message) {
  return ForEachBytes(message, "GraphDef", {kNodes, kLibrary}, [&](auto tag, Bytes value) {
    return tag == kNodes ? nodes_.Add(value) : ParseLibrary(value);
  });
}

Status MetaGraph::ParseSaver(Bytes message) {
  SaverDef& saver = saver_.emplace();
  return ForEachBytes(message, "SaverDef", {kFilename, kSave, kRestore},
                      [&](auto tag, Bytes value) -> Status {
                        (tag == kFilename ? saver.filename_tensor
                         : tag == kSave   ? saver.save_tensor
                                          : saver.restore_op) = AsText(value);
                        return {};
                      });
}

Status MetaGraph::ParseAsset(Bytes message) {
  AssetFile& asset = assets_.emplace_back();
  return ForEachBytes(
      message, "AssetFileDef", {kTensorInfo, kFileName}, [&](auto tag, Bytes value) -> Status {
        if (tag == kFileName) {
          asset.filename = AsText(value);
          return {};
        }
        CAIRN_ASSIGN_OR_RETURN(const auto names, TextsOf(value, "TensorInfo", kTensorName));
        if (!names.empty()) asset.tensor = names.back();
        return {};
      });
}

Status MetaGraph::ParseField(uint32_t tag, Bytes value) {
  switch (tag) {
    case kMetaInfo:
      return ParseMetaInfo(value);
    case kGraph:
      graph_defs_.push_back(value);
      return ParseGraph(value);
    case kSaver:
      return ParseSaver(value);
    case kCollections: {
      CAIRN_ASSIGN_OR_RETURN(Collection collection, ParseCollection(value));
      collections_.push_back(std::move(collection));
      return {};
    }
    case kSignatures: {
      CAIRN_ASSIGN_OR_RETURN(Signature signature, ParseSignature(value));
      signatures_.push_back(std::move(signature));
      return {};
    }
    case kAssets:
      return ParseAsset(value);
    default:
      object_graph_ = value;
      return {};
  }
}

// A map that has a key twice means the later entry; a function or node that is there twice is an
// error in TensorFlow, and the first one counts here.
void MetaGraph::Sort() {
  const auto keep_last = [](auto& entries) {
    std::ranges::reverse(entries);
    std::ranges::stable_sort(entries, {}, [](const auto& entry) { return entry.name; });
    const auto rest =
        std::ranges::unique(entries, {}, [](const auto& entry) { return entry.name; });
    entries.erase(rest.begin(), rest.end());
  };
  keep_last(collections_);
  keep_last(signatures_);
  std::ranges::stable_sort(functions_, {}, &Function::name);
}

Result<MetaGraph> MetaGraph::Parse(Bytes message) {
  MetaGraph graph;
  CAIRN_RETURN_IF_ERROR(
      ForEachBytes(message, "MetaGraphDef",
                   {kMetaInfo, kGraph, kSaver, kCollections, kSignatures, kAssets, kObjectGraph},
                   [&](auto tag, Bytes value) { return graph.ParseField(tag, value); }));
  graph.Sort();
  return graph;
}

const Function* MetaGraph::FindFunction(std::string_view name) const {
  return FindByName(functions_, name);
}

const Collection* MetaGraph::FindCollection(std::string_view name) const {
  return FindByName(collections_, name);
}

const Signature* MetaGraph::FindSignature(std::string_view name) const {
  return FindByName(signatures_, name);
}

}  // namespace cairn
