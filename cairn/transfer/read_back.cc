#include "cairn/transfer/read_back.h"

#include <algorithm>
#include <map>
#include <vector>

#include "cairn/source/extent_source.h"
#include "cairn/transfer/check_all.h"
#include "cairn/transfer/transfer_names.h"

namespace cairn {
namespace {

constexpr std::string_view kWhat = "read back";  // what errors say that they come from

// The files of the jobs, each opened once.
class WrittenFiles {
 public:
  explicit WrittenFiles(FileSystem& fs) : fs_(fs) {}

  Result<std::shared_ptr<const RandomAccessFile>> Open(const WritableFile& file) {
    std::shared_ptr<const RandomAccessFile>& reader = readers_[&file];
    if (!reader) {
      CAIRN_ASSIGN_OR_RETURN(reader, fs_.OpenForReading(file.path(), Access::kRead));
    }
    return reader;
  }

 private:
  FileSystem& fs_;
  std::map<const WritableFile*, std::shared_ptr<const RandomAccessFile>> readers_;
};

Result<std::shared_ptr<const TensorSource>> WrittenValue(const WriteJob& job, uint32_t checksum,
                                                         WrittenFiles& files) {
  CAIRN_ASSIGN_OR_RETURN(auto file, files.Open(*job.file));
  const uint64_t nbytes = job.source->nbytes();
  CAIRN_ASSIGN_OR_RETURN(Shape shape, Shape::Make({static_cast<int64_t>(nbytes)}));
  Extent extent{std::move(file), job.offset, nbytes, Checksum{job.checksum_kind, checksum}};
  CAIRN_ASSIGN_OR_RETURN(const auto source,
                         ExtentSource::Make(DType::kUInt8, std::move(shape), std::move(extent)));
  return std::shared_ptr<const TensorSource>(source);
}

// Compares a block at a time, since an index may be large.
Status CompareBytes(const RandomAccessFile& file, uint64_t offset, Bytes written) {
  constexpr size_t kBlock = 64 << 10;
  std::vector<std::byte> block(std::min(written.size(), kBlock));
  for (; !written.empty(); written = written.subspan(block.size())) {
    block.resize(std::min(written.size(), block.size()));
    CAIRN_RETURN_IF_ERROR(file.ReadAt(offset, block));
    if (!std::ranges::equal(block, written.first(block.size()))) {
      return Status(Reason::kCrc, std::to_string(block.size()) + " bytes are not those written")
          .AtPath(file.path())
          .AtOffset(offset);
    }
    offset += block.size();
  }
  return {};
}

Status CompareHead(const WriteJob& job, uint32_t checksum, WrittenFiles& files) {
  CAIRN_ASSIGN_OR_RETURN(const auto file, files.Open(*job.file));
  return CompareBytes(*file, job.offset - job.head_nbytes, AsBytes(job.head(checksum)));
}

Status Compare(FileSystem& fs, std::span<const WriteJob> jobs, std::span<const uint32_t> checksums,
               const TransferOptions& options, const TransferNames& names) {
  WrittenFiles files(fs);
  std::vector<std::shared_ptr<const TensorSource>> values;
  values.reserve(jobs.size());
  for (size_t i = 0; i < jobs.size(); ++i) {
    CAIRN_ASSIGN_OR_RETURN(auto value, WrittenValue(jobs[i], checksums[i], files));
    values.push_back(std::move(value));
  }
  TransferOptions reading = options;
  reading.progress = nullptr;  // it counts what is written
  reading.verify = true;
  CAIRN_ASSIGN_OR_RETURN(const std::vector<Checked> checked, CheckAll(values, reading, nullptr));
  for (size_t i = 0; i < checked.size(); ++i) {
    CAIRN_RETURN_IF_ERROR(names.In(i, checked[i].error));
    if (jobs[i].head) CAIRN_RETURN_IF_ERROR(names.In(i, CompareHead(jobs[i], checksums[i], files)));
  }
  return {};
}

}  // namespace

Status ReadBack(FileSystem& fs, std::span<const WriteJob> jobs, std::span<const uint32_t> checksums,
                const TransferOptions& options, std::span<const std::string_view> names) {
  return Compare(fs, jobs, checksums, options, TransferNames(names)).In(kWhat);
}

Status ReadBackBytes(FileSystem& fs, const std::string& path, uint64_t offset, Bytes written) {
  CAIRN_ASSIGN_OR_RETURN(const auto file, fs.OpenForReading(path, Access::kRead));
  return CompareBytes(*file, offset, written).In(kWhat);
}

}  // namespace cairn
