// Signatures of graphs as text and JSON.
#ifndef CAIRN_CLI_PRINT_SIGNATURE_TEXT_H_
#define CAIRN_CLI_PRINT_SIGNATURE_TEXT_H_

#include <string>
#include <vector>

#include "cairn/checkpoint/describe_graph.h"
#include "cli/print/json_writer.h"

namespace cairn::cli {

// "[?,784]"; "" where the shape may be any.
std::string DimsText(const std::optional<std::vector<int64_t>>& dims);

// "serving_default(x float32[?,784]) -> y float32[?,10]"
std::string SignatureText(const SignatureDescription& signature);

// Writes "signatures": [{"name", "inputs": [{"name", "dtype", "shape"}…], "outputs"}…]. A dtype or
// shape that is not known is null; a dimension of any size is -1.
void WriteSignatures(JsonWriter& json, const std::vector<SignatureDescription>& signatures);

// Writes "dtype" and "shape" of a tensor, as above.
void WriteTypeAndShape(JsonWriter& json, const std::optional<DType>& dtype,
                       const std::optional<std::vector<int64_t>>& dims);

}  // namespace cairn::cli

#endif  // CAIRN_CLI_PRINT_SIGNATURE_TEXT_H_
