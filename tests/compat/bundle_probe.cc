// A program that gives the tests against real TensorFlow what they need of Cairn:
//
//   bundle_probe hash PREFIX              JSON on stdout: name -> {dtype, shape, sha256}
//   bundle_probe copy SRC DST [ALIGNMENT [MAX_SHARD_NBYTES]]
//                                         Open, then Save
//   bundle_probe reader PREFIX            JSON on stdout: what CheckpointReader says,
//   {debug_string,
//                                         shapes, dtypes}
//   bundle_probe replace FROM TO          CopyCheckpoint over what is there
//   bundle_probe remove PATH              RemoveCheckpoint
//   bundle_probe make SPEC DST            Save of the tensors that a JSON file describes:
//                                         [{name, dtype, shape, bytes | strings: [...]}]
//
// Names, bytes and strings are base64 in JSON, so that they can be any bytes. Errors go to stderr
// as "E_WORD: message", the exit code is 1.
#include <array>
#include <cstdlib>
#include <fstream>
#include <iostream>

#include <nettle/base64.h>
#include <nlohmann/json.hpp>

#include "cairn/checkpoint/checkpoint.h"
#include "cairn/checkpoint/copy_checkpoint.h"
#include "cairn/checkpoint/remove_checkpoint.h"
#include "cairn/compat/checkpoint_reader.h"
#include "cairn/source/extent_source.h"
#include "tests/support/value_hash.h"

namespace cairn::testing {
namespace {

using nlohmann::json;

std::string ToBase64(std::string_view bytes) {
  std::string text(BASE64_ENCODE_RAW_LENGTH(bytes.size()), '\0');
  base64_encode_raw(text.data(), bytes.size(), reinterpret_cast<const uint8_t*>(bytes.data()));
  return text;
}

Result<std::string> FromBase64(const std::string& text) {
  std::string bytes(BASE64_DECODE_LENGTH(text.size()), '\0');
  size_t nbytes = bytes.size();
  base64_decode_ctx state;
  base64_decode_init(&state);
  if (base64_decode_update(&state, &nbytes, reinterpret_cast<uint8_t*>(bytes.data()), text.size(),
                           text.data()) == 0 ||
      base64_decode_final(&state) == 0) {
    return Status(Reason::kArgument, "not base64: " + text);
  }
  bytes.resize(nbytes);
  return bytes;
}

class StringsInMemory final : public TensorSource {
 public:
  StringsInMemory(Shape shape, StringTensor strings)
      : shape_(std::move(shape)), strings_(std::move(strings)) {}

  DType dtype() const override { return DType::kString; }
  const Shape& shape() const override { return shape_; }
  Result<std::unique_ptr<TensorStream>> OpenStream() const override {
    return Status(Reason::kDType, "strings have no stream");
  }
  Result<StringTensor> ReadStrings() const override { return strings_; }

 private:
  Shape shape_;
  StringTensor strings_;
};

Result<std::shared_ptr<const TensorSource>> MakeStrings(Shape shape, const json& elements) {
  StringTensor strings;
  for (const json& element : elements) {
    CAIRN_ASSIGN_OR_RETURN(const std::string bytes, FromBase64(element));
    strings.Add(bytes);
  }
  return std::make_shared<const StringsInMemory>(std::move(shape), std::move(strings));
}

Result<std::shared_ptr<const TensorSource>> MakeNumbers(DType dtype, Shape shape,
                                                        const json& base64) {
  CAIRN_ASSIGN_OR_RETURN(const std::string bytes, FromBase64(base64));
  const Bytes view = AsBytes(bytes);
  Extent extent;
  extent.file = std::make_shared<const MemoryFile>(std::vector(view.begin(), view.end()), "memory");
  extent.nbytes = bytes.size();
  CAIRN_ASSIGN_OR_RETURN(auto source, ExtentSource::Make(dtype, std::move(shape), extent));
  return source;
}

Result<std::shared_ptr<const TensorSource>> MakeTensor(const json& spec) {
  const auto dtype = DTypeFromName(spec.at("dtype").get<std::string>());
  if (!dtype) return Status(Reason::kArgument, "no such dtype: " + spec.at("dtype").dump());
  const std::vector<int64_t> dims = spec.at("shape");
  CAIRN_ASSIGN_OR_RETURN(Shape shape, Shape::Make(dims));
  if (*dtype == DType::kString) return MakeStrings(std::move(shape), spec.at("strings"));
  return MakeNumbers(*dtype, std::move(shape), spec.at("bytes"));
}

Status Make(const std::string& spec_path, const std::string& to) {
  std::ifstream file(spec_path);
  TensorDict::Builder builder;
  for (const json& spec : json::parse(file)) {
    CAIRN_ASSIGN_OR_RETURN(std::string name, FromBase64(spec.at("name")));
    CAIRN_ASSIGN_OR_RETURN(auto source, MakeTensor(spec).In(name));
    builder.Add(std::move(name), std::move(source));
  }
  CAIRN_ASSIGN_OR_RETURN(const TensorDict dict, builder.Build());
  return Save(LocalFileSystem(), to, dict).status();
}

Status Copy(const std::string& from, const std::string& to, std::span<char*> numbers) {
  CAIRN_ASSIGN_OR_RETURN(const TensorDict dict, Open(LocalFileSystem(), from));
  SaveOptions options;
  if (!numbers.empty()) options.alignment = std::strtoull(numbers[0], nullptr, 10);
  if (numbers.size() > 1) options.max_shard_nbytes = std::strtoull(numbers[1], nullptr, 10);
  return Save(LocalFileSystem(), to, dict, options).status();
}

Status Replace(const std::string& from, const std::string& to) {
  return CopyCheckpoint(LocalFileSystem(), from, to, {.if_exists = IfExists::kReplace}).status();
}

Status PrintHashes(const std::string& prefix) {
  CAIRN_ASSIGN_OR_RETURN(const TensorDict dict, Open(LocalFileSystem(), prefix));
  json tensors = json::object();
  for (size_t i = 0; i < dict.size(); ++i) {
    CAIRN_ASSIGN_OR_RETURN(const auto source, dict.source(i));
    CAIRN_ASSIGN_OR_RETURN(const std::string hash, HashOfValue(*source));
    const TensorInfo info = dict.info(i);
    tensors[ToBase64(info.name)] = {
        {"dtype", Name(info.dtype)},
        {"shape", std::vector<int64_t>(info.dims.begin(), info.dims.end())},
        {"sha256", hash}};
  }
  std::cout << tensors.dump() << "\n";
  return {};
}

Status PrintReader(const std::string& prefix) {
  CAIRN_ASSIGN_OR_RETURN(const auto reader, CheckpointReader::Open(LocalFileSystem(), prefix));
  json shapes = json::object();
  for (const auto& [name, dims] : reader.GetVariableToShapeMap()) shapes[ToBase64(name)] = dims;
  json dtypes = json::object();
  for (const auto& [name, dtype] : reader.GetVariableToDTypeMap())
    dtypes[ToBase64(name)] = Name(dtype);
  std::cout << json{{"debug_string", ToBase64(reader.DebugString())},
                    {"shapes", shapes},
                    {"dtypes", dtypes}}
                   .dump()
            << "\n";
  return {};
}

Status Run(std::span<char*> args) {
  const std::string_view verb = args.size() > 1 ? args[1] : "";
  if (verb == "hash" && args.size() == 3) return PrintHashes(args[2]);
  if (verb == "make" && args.size() == 4) return Make(args[2], args[3]);
  if (verb == "copy" && args.size() >= 4) return Copy(args[2], args[3], args.subspan(4));
  if (verb == "replace" && args.size() == 4) return Replace(args[2], args[3]);
  if (verb == "remove" && args.size() == 3)
    return RemoveCheckpoint(LocalFileSystem(), args[2]).status();
  if (verb == "reader" && args.size() == 3) return PrintReader(args[2]);
  return Status(Reason::kArgument,
                "usage: hash PREFIX | copy SRC DST [ALIGNMENT [MAX_SHARD_NBYTES]]"
                " | replace FROM TO | remove PATH | make SPEC DST | reader PREFIX");
}

}  // namespace
}  // namespace cairn::testing

int main(int argc, char** argv) {
  const cairn::Status status = cairn::testing::Run(std::span(argv, argc));
  if (status.ok()) return 0;
  std::cerr << cairn::ReasonWord(status.reason()) << ": " << status.message() << "\n";
  return 1;
}
