// Recognise and Open: the tables of contents as a table whose sources look their entries up.
#include "cairn/codec/sstable/table_format.h"
#include "cairn/codec/tensorflow/slice_key.h"
#include "cairn/core/escape.h"
#include "cairn/formats/tf_v1/tf_v1.h"
#include "cairn/formats/tf_v1/v1_path.h"
#include "cairn/formats/tf_v1/v1_source.h"
#include "cairn/source/joined_source.h"

namespace cairn::tf_v1 {
namespace {

class V1Table final : public TensorTable {
 public:
  explicit V1Table(V1Contents contents) : contents_(std::move(contents)) {}

  size_t size() const override { return contents_.tensors.size(); }

  TensorInfo info(size_t i) const override {
    const V1Tensor& tensor = contents_.tensors[i];
    // Product and size were checked when the table of contents was read.
    return {tensor.name, tensor.dtype, tensor.dims,
            *NumElements(tensor.dims) * ElementNbytes(tensor.dtype)};
  }

  Result<std::shared_ptr<const TensorSource>> source(size_t i) const override {
    const V1Tensor& tensor = contents_.tensors[i];
    auto source = MakeSource(tensor);
    if (!source.ok()) return source.status().InTensor(tensor.name);
    return source;
  }

  std::optional<StoredAt> stored_at(size_t i) const override {
    const V1Tensor& tensor = contents_.tensors[i];
    if (tensor.slices.size() != 1) return std::nullopt;
    return StoredAtOf(tensor, tensor.slices[0]);
  }

  std::vector<StoredSlice> stored_slices(size_t i) const override {
    const V1Tensor& tensor = contents_.tensors[i];
    std::vector<StoredSlice> stored;
    if (tensor.slices.size() < 2) return stored;
    for (const V1Tensor::Slice& stored_slice : tensor.slices) {
      auto box = tensorflow::ResolveSlice(stored_slice.slice, tensor.dims);
      auto at = StoredAtOf(tensor, stored_slice);
      if (box.ok() && at) stored.push_back({*std::move(box), *std::move(at)});
    }
    return stored;
  }

 private:
  // The block, which has the checksum.
  std::optional<StoredAt> StoredAtOf(const V1Tensor& tensor,
                                     const V1Tensor::Slice& stored_slice) const {
    const sstable::TableReader& table = *contents_.tables[stored_slice.file];
    const auto block = table.BlockOf(tensorflow::EncodeSliceKey(tensor.name, stored_slice.slice));
    if (!block) return std::nullopt;
    const auto crc32c = table.StoredCrc32c(*block);
    if (!crc32c.ok()) return std::nullopt;
    return StoredAt{table.file().path(), stored_slice.file, block->offset, block->nbytes,
                    Checksum{Checksum::Kind::kCrc32c, *crc32c}};
  }

  Result<std::shared_ptr<const TensorSource>> MakeSource(const V1Tensor& tensor) const {
    if (tensor.dtype == DType::kResource || tensor.dtype == DType::kVariant) {
      return Status(Reason::kUnsupported, "of dtype " + std::string(Name(tensor.dtype)) +
                                              ", of which V1 checkpoints hold no values");
    }
    CAIRN_ASSIGN_OR_RETURN(Shape shape, Shape::Make(tensor.dims));
    std::vector<JoinedSource::Slice> parts;
    for (const V1Tensor::Slice& stored_slice : tensor.slices) {
      CAIRN_ASSIGN_OR_RETURN(Box box, tensorflow::ResolveSlice(stored_slice.slice, tensor.dims));
      CAIRN_ASSIGN_OR_RETURN(auto part, MakePart(tensor, stored_slice, box));
      if (tensor.slices.size() == 1 && box == WholeBox(tensor.dims)) return part;
      parts.push_back({std::move(box), std::move(part)});
    }
    return JoinedSource::Make(tensor.dtype, std::move(shape), std::move(parts));
  }

  Result<std::shared_ptr<const TensorSource>> MakePart(const V1Tensor& tensor,
                                                       const V1Tensor::Slice& stored_slice,
                                                       const Box& box) const {
    std::vector<int64_t> dims;
    for (const Range& range : box) dims.push_back(range.length);
    CAIRN_ASSIGN_OR_RETURN(Shape shape, Shape::Make(dims));
    return std::make_shared<const V1Source>(contents_.tables[stored_slice.file], tensor.name,
                                            stored_slice.slice, tensor.dtype, std::move(shape));
  }

  V1Contents contents_;
};

Result<bool> HasTableMagic(const RandomAccessFile& file) {
  if (file.size() < sstable::kFooterNbytes) return false;
  std::byte magic[sizeof sstable::kMagic];
  CAIRN_RETURN_IF_ERROR(file.ReadAt(file.size() - sizeof magic, magic));
  return LoadLittleEndian<uint64_t>(magic) == sstable::kMagic;
}

// The index of a V2 checkpoint is a table, too; its first value begins with a number, not with a
// message.
bool BeginsAsV2(const sstable::TableReader& table) {
  constexpr std::byte kNumShardsTag{0x08};
  const auto first = table.Find("");
  return first.ok() && first->has_value() && !(*first)->value.empty() &&
         (*first)->value[0] == kNumShardsTag;
}

}  // namespace

Result<bool> Recognise(FileSystem& fs, const std::string& path) {
  const std::string file_path = RepresentativeOf(fs, path);
  const Result<FileInfo> info = fs.Stat(file_path);
  if (!info.ok()) {
    const Reason reason = info.status().reason();
    if (reason == Reason::kMissing || reason == Reason::kPath) return false;
    return info.status();
  }
  if (info->kind != FileKind::kRegular) return false;
  CAIRN_ASSIGN_OR_RETURN(const auto file, fs.OpenForReading(file_path, Access::kRead));
  CAIRN_ASSIGN_OR_RETURN(const bool is_table, HasTableMagic(*file));
  if (!is_table) return false;
  // One that is too damaged to tell is opened, and says what is wrong.
  const auto table = OpenTable(fs, file_path, Access::kRead, Limits());
  return !table.ok() || !BeginsAsV2(**table);
}

Result<TensorDict> Open(FileSystem& fs, const std::string& path, const OpenOptions& options) {
  CAIRN_ASSIGN_OR_RETURN(V1Contents contents,
                         V1Contents::Read(fs, path, options.access, options.limits));
  for (const Table& table : contents.tables) {
    Status metaindex = options.warnings == nullptr ? Status() : table->CheckMetaindex();
    if (!metaindex.ok()) options.warnings->push_back(std::move(metaindex));
  }
  return TensorDict(std::make_shared<const V1Table>(std::move(contents)));
}

Result<Salvaged> Salvage(FileSystem& fs, const std::string& path, const OpenOptions& options) {
  CAIRN_ASSIGN_OR_RETURN(TensorDict dict, Open(fs, path, options));
  return Salvaged{std::move(dict), {}, {}};
}

Result<Description> Describe(FileSystem& fs, const std::string& path, const OpenOptions& options) {
  CAIRN_ASSIGN_OR_RETURN(const V1Contents contents,
                         V1Contents::Read(fs, path, options.access, options.limits));
  Description description{"1", "little", "none", {}};
  for (const Table& table : contents.tables) {
    CAIRN_ASSIGN_OR_RETURN(const bool is_compressed, table->HasCompressedBlocks());
    if (is_compressed) description.compression = "snappy";
    description.files.push_back({table->file().path(), table->file().size()});
  }
  return description;
}

Status CanHold(const TensorDict& /*dict*/, const SaveOptions& /*options*/) {
  return Status(Reason::kUnsupported, "V1 checkpoints are not written")
      .WithHint("V2 holds all that V1 does, and every TensorFlow since 0.12 reads it");
}

Result<SaveReport> Save(FileSystem& /*fs*/, const std::string& path, const TensorDict& /*dict*/,
                        const SaveOptions& /*options*/) {
  return Status(Reason::kUnsupported, "V1 checkpoints are not written")
      .AtPath(path)
      .WithHint("V2 holds all that V1 does, and every TensorFlow since 0.12 reads it");
}

}  // namespace cairn::tf_v1
