// A recipe as JSON, which a file records and another run reads:
//
//   {"schema_version":1, "verb":"average", "options":["--weights=3,1"], "sources":["run/model-2"],
//    "syntax":"glob", "names":"path", "select":["net/**"], "exclude":[…], "rename_map":["a\tb"],
//    "rename":["net/=body/"], "sub":["s/a/b/"], "concat":[…], "split":[…], "slice":[…], "pad":[…],
//    "rows":[{"pattern":"emb","old":["the","of"],"new":["of"]}],
//    "transpose":[…], "reshape":[…], "set":[{"name":"w","path":"w.npy"}], "dtype":["bfloat16"],
//    "to":"npz-compressed", "level":"9", "max_shard_size":"5GB", "strings":"metadata"}
//
// Members that are empty are left out. Word lists are in the recipe; files of numpy,
// graphs and sources are not.
#ifndef CAIRN_TRANSFORM_RECIPE_JSON_H_
#define CAIRN_TRANSFORM_RECIPE_JSON_H_

#include <string>
#include <string_view>

#include "cairn/core/export.h"
#include "cairn/transform/recipe.h"

namespace cairn {

// A text that is not UTF-8 is written as Escape shows it, which patterns and names understand. Ends
// with a line feed.
CAIRN_EXPORT std::string EncodeRecipe(const Recipe& recipe);

// Errors: kFormat (no JSON of this form), kVersion (a later version), kUnsupported (a member that
// this version does not know: leaving it out would make something else).
CAIRN_EXPORT Result<Recipe> ParseRecipe(std::string_view json);

}  // namespace cairn

#endif  // CAIRN_TRANSFORM_RECIPE_JSON_H_
