// Where a checkpoint comes from, as JSON in a bookkeeping entry of the checkpoint itself:
//
//   {"schema_version":1, "cairn":"0.1.0", "verb":"convert",
//    "sources":[{"path":"run/model-100", "format":"tf-v2",
//                "files":[{"name":"model-100.index", "nbytes":1234, "crc32c":"0x1a2b3c4d"}, …]}],
//    "recipe":{…}}                                        a recipe (transform/recipe_json.h)
//
// A source that has a lineage of its own has it as its member "lineage".
#ifndef CAIRN_CHECKPOINT_LINEAGE_H_
#define CAIRN_CHECKPOINT_LINEAGE_H_

#include <string>
#include <string_view>
#include <vector>

#include "cairn/checkpoint/checkpoint.h"

namespace cairn {

// The part of a lineage that only the caller knows.
struct LineageText {
  std::string_view version;  // of the program
  std::string_view verb;
  std::string_view recipe_json;
};

// Makes the text. Every byte of the files of the sources is read for the checksums. Errors: those
// of Format::describe and of reading.
Result<std::string> MakeLineage(FileSystem& fs, const LineageText& text,
                                const std::vector<Opened>& sources);

// The lineage that a checkpoint has; nothing where it has none. Errors: those of reading it;
// kFormat (it is not JSON).
Result<std::optional<std::string>> ReadLineage(const TensorDict& dict);

}  // namespace cairn

#endif  // CAIRN_CHECKPOINT_LINEAGE_H_
