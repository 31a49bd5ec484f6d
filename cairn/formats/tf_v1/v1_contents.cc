#include "cairn/formats/tf_v1/v1_contents.h"

#include <algorithm>

#include "cairn/core/escape.h"
#include "cairn/core/shape.h"
#include "cairn/formats/tf_v1/v1_path.h"

namespace cairn::tf_v1 {
namespace {

// TensorFlow serialises a slice in less than 2 GiB, and it lies in one block.
constexpr uint64_t kMaxBlockNbytes = (uint64_t{2} << 30) + (1 << 20);

// Collects the tensors of one file.
class Collector {
 public:
  Collector(size_t file, const Limits& limits, std::vector<V1Tensor>& tensors)
      : file_(file), limits_(limits), tensors_(tensors) {}

  Status Take(SliceMeta&& meta) {
    if (meta.name.size() > limits_.name_nbytes) {
      return Status(Reason::kLimit, "a name of " + std::to_string(meta.name.size()) +
                                        " bytes, at most " + std::to_string(limits_.name_nbytes) +
                                        " are read");
    }
    if (tensors_.size() >= limits_.num_tensors)
      return Status(Reason::kLimit,
                    "more than " + std::to_string(limits_.num_tensors) + " tensors");
    V1Tensor tensor{std::move(meta.name), meta.dtype, std::move(meta.dims), {}};
    tensor.slices.reserve(meta.slices.size());
    for (tensorflow::TensorSlice& slice : meta.slices)
      tensor.slices.push_back({std::move(slice), file_});
    tensors_.push_back(std::move(tensor));
    return {};
  }

 private:
  size_t file_;
  const Limits& limits_;
  std::vector<V1Tensor>& tensors_;
};

Status ReadMeta(const sstable::TableReader& table, size_t file, const Limits& limits,
                std::vector<V1Tensor>& tensors) {
  CAIRN_ASSIGN_OR_RETURN(const auto first, table.Find(""));
  const std::string& path = table.file().path();
  if (!first)
    return Status(Reason::kFormat, "no table of contents, the key '' is missing").AtPath(path);
  if (first->value.size() > limits.metadata_nbytes) {
    return Status(Reason::kLimit, "a table of contents of " + std::to_string(first->value.size()) +
                                      " bytes, at most " + std::to_string(limits.metadata_nbytes) +
                                      " are read")
        .AtPath(path);
  }
  Collector collector(file, limits, tensors);
  return ParseMeta(first->value, [&](SliceMeta&& meta) { return collector.Take(std::move(meta)); })
      .AtPath(path);
}

// Joins what several files, or one file more than once, state about the same tensor.
Status Join(V1Tensor& tensor, V1Tensor&& more) {
  if (tensor.dtype != more.dtype || tensor.dims != more.dims) {
    return Status(tensor.dtype == more.dtype ? Reason::kShape : Reason::kDType,
                  "is " + std::string(Name(tensor.dtype)) + ToString(tensor.dims) +
                      " in one place and " + std::string(Name(more.dtype)) + ToString(more.dims) +
                      " in another")
        .InTensor(tensor.name);
  }
  std::ranges::move(more.slices, std::back_inserter(tensor.slices));
  return {};
}

Status JoinByName(std::vector<V1Tensor>& tensors) {
  std::ranges::stable_sort(tensors, {}, &V1Tensor::name);
  size_t kept = 0;
  for (size_t i = 1; i < tensors.size(); ++i) {
    if (tensors[i].name == tensors[kept].name) {
      CAIRN_RETURN_IF_ERROR(Join(tensors[kept], std::move(tensors[i])));
    } else if (++kept != i) {
      tensors[kept] = std::move(tensors[i]);
    }
  }
  if (!tensors.empty()) tensors.resize(kept + 1);
  return {};
}

Status WithoutShard(const Status& error, const std::string& path, size_t num_files) {
  if (error.reason() != Reason::kMissing || num_files == 1) return error;
  return Status(Reason::kMissing, "this shard of " + std::to_string(num_files) + " is not there")
      .AtPath(path)
      .WithHint("bring it back beside the others: only together they hold the table of contents");
}

}  // namespace

Result<Table> OpenTable(FileSystem& fs, const std::string& path, Access access,
                        const Limits& limits) {
  CAIRN_ASSIGN_OR_RETURN(auto file, fs.OpenForReading(path, access));
  Limits of_blocks = limits;
  of_blocks.metadata_nbytes =
      std::max(limits.metadata_nbytes, std::min(file->size(), kMaxBlockNbytes));
  CAIRN_ASSIGN_OR_RETURN(auto table, sstable::TableReader::Open(std::move(file), of_blocks));
  return std::make_shared<const sstable::TableReader>(std::move(table));
}

Result<V1Contents> V1Contents::Read(FileSystem& fs, const std::string& path, Access access,
                                    const Limits& limits) {
  V1Contents contents;
  const std::vector<std::string> files = FilesOf(path);
  for (size_t i = 0; i < files.size(); ++i) {
    Result<Table> table = OpenTable(fs, files[i], access, limits);
    if (!table.ok()) return WithoutShard(table.status(), files[i], files.size());
    CAIRN_RETURN_IF_ERROR(ReadMeta(**table, i, limits, contents.tensors));
    contents.tables.push_back(*std::move(table));
  }
  CAIRN_RETURN_IF_ERROR(JoinByName(contents.tensors).AtPath(path));
  return contents;
}

}  // namespace cairn::tf_v1
