#include "cairn/checkpoint/formats.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "cairn/checkpoint/checkpoint.h"
#include "cairn/io/memory_file_system.h"
#include "cairn/testing/fault_file_system.h"
#include "cairn/testing/format_conformance.h"

namespace cairn {
namespace {

using testing::IsEmpty;

TEST(Formats, HaveNamesAndExtensionsOfTheirOwn) {
  std::multiset<std::string_view> seen;
  for (const Format& format : Formats()) {
    seen.insert(format.name);
    if (!format.save_name.empty() && format.save_name != format.name) seen.insert(format.save_name);
    for (const std::string_view extension : format.extensions) seen.insert(extension);
  }
  EXPECT_THAT(std::vector(seen.begin(), seen.end()),
              testing::ElementsAreArray(std::set(seen.begin(), seen.end())));
}

TEST(Formats, TheNameOfANewCheckpointTellsItsFormat) {
  for (const Format& format : Formats()) {
    for (const std::string_view extension : format.extensions) {
      const std::string path = "run/model" + std::string(extension);
      EXPECT_EQ(FormatOfNew(path).name, format.name);
      EXPECT_TRUE(HasFormatExtension(path));
    }
  }
  for (const std::string_view path : {"run/model-1", "run.npz/model", "npz", "model.npz2"}) {
    EXPECT_EQ(FormatOfNew(path).name, "tf-v2");
    EXPECT_FALSE(HasFormatExtension(path));
  }
}

// Which bytes of its files, by their temporary names, a save read.
std::map<std::string, std::set<uint64_t>> BytesRead(const FaultScript& script) {
  std::map<std::string, std::set<uint64_t>> read;
  for (const TracedCall& call : script.trace()) {
    if (call.call != Call::kRead) continue;
    for (uint64_t i = 0; i < call.nbytes; ++i) read[call.path].insert(call.offset + i);
  }
  return read;
}

// Values, headers and indices.
TEST(SaveAs, ReadsEveryByteBackThatItWrote) {
  for (const Format& format : Formats()) {
    if (format.save_name.empty()) continue;  // it is only read
    TensorDict::Builder builder;
    builder.Add("w", *SmallTensors().source(0));
    MemoryFileSystem disk;
    FaultFileSystem fs(disk);
    const std::string ending =
        format.extensions.empty() ? std::string() : std::string(format.extensions.front());
    const auto saved = SaveAs(fs, format, "run/m" + ending, *builder.Build(), {.read_back = true});
    ASSERT_TRUE(saved.ok()) << format.name << ": " << saved.status().message();
    const auto read = BytesRead(fs.script());
    for (const std::string& file : saved->files) {
      const auto found = read.find(file + ".cairn-tmp0");
      ASSERT_NE(found, read.end()) << file;
      EXPECT_EQ(found->second.size(), disk.Get(file)->size()) << file;
    }
  }
}

struct Request {
  const char* what;
  SaveOptions options;
  const char* formats;  // that can do it
};

const Request kRequests[] = {
    {"compress values", {.compress = true}, "npz"},
    {"share the bytes of other files", {.share = Sharing::kHardLink}, "tf-v2"},
    {"put tensors into several files", {.max_shard_nbytes = 1000}, "tf-v2 and safetensors"},
    {"keep string tensors in its metadata", {.strings = StringTensors::kMetadata}, "safetensors"},
    {"align tensors so", {.alignment = 64}, "tf-v2 and npz and npy"},
    {"align tensors so", {.alignment = 128}, "tf-v2"},
};

// Every format does what is asked, or says that it cannot, and writes nothing.
TEST(SaveAs, HonoursEveryOptionOrRefusesIt) {
  TensorDict::Builder one;
  one.Add("w", *SmallTensors().source(0));
  const TensorDict dict = one.Build().value();
  for (const Format& format : Formats()) {
    if (format.save_name.empty()) continue;
    for (const Request& request : kRequests) {
      const std::string path =
          "run/new" + std::string(format.extensions.empty() ? "" : format.extensions.front());
      MemoryFileSystem fs;
      const auto saved = SaveAs(fs, format, path, dict, request.options);
      if (std::string_view(request.formats).find(format.name) != std::string_view::npos) {
        EXPECT_TRUE(saved.ok()) << saved.status().message();
        continue;
      }
      EXPECT_EQ(saved.status().reason(), Reason::kArgument) << format.name << request.what;
      EXPECT_EQ(saved.status().message(), path + ": " + std::string(format.name) + " cannot " +
                                              request.what + ", but " + request.formats + " can");
      EXPECT_THAT(fs.ListUnsyncedChanges().names, IsEmpty());
    }
  }
}

}  // namespace
}  // namespace cairn
