// Defines a checkpoint format: the face that every formats/<x>/<x>.h gives and
// checkpoint/formats.cc lists.
#ifndef CAIRN_FORMATS_FORMAT_H_
#define CAIRN_FORMATS_FORMAT_H_

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/core/limits.h"
#include "cairn/core/tensor_dict.h"
#include "cairn/formats/copy_plan.h"
#include "cairn/io/file_system.h"
#include "cairn/transfer/transfer.h"

namespace cairn {

struct OpenOptions {
  Access access = Access::kMap;  // kRead for files that others may cut while they are read
  Limits limits = {};
  // Memory for each value that is read in another order than its stored one. A packed array in
  // Fortran order that is larger is unpacked once for each part of this size.
  uint64_t reorder_nbytes = uint64_t{64} << 20;
  // If it is given, damage that concerns no tensor is added to it. Borrowed.
  std::vector<Status>* warnings = nullptr;
};

// Says what a save does with string tensors that the format has no place for.
enum class StringTensors : uint8_t {
  kRefuse,    // it is an error that names them
  kMetadata,  // they go into the metadata of the checkpoint, and come back from there
};

// A format that cannot do what an option asks for refuses it: see Format::can_compress and so on.
struct SaveOptions {
  // Every tensor begins at a multiple of this many bytes of its file (a power of two). 1 packs as
  // TensorFlow does; 64 makes mapped views aligned, and TensorFlow reads that too.
  uint64_t alignment = 1;
  // A new data file is begun where a tensor would make one longer than this; a tensor that is
  // longer by itself has a file of its own. 0 = one file.
  uint64_t max_shard_nbytes = 0;
  // Deflates the values.
  bool compress = false;
  // How: from 1 (fast) to 9 (small), as zlib counts. 0 = fast where there is hardly a match to
  // find, as in weights, and small elsewhere, by trial.
  int compression_level = 0;
  // Makes data files that share the bytes of the files in which the values lie as they are; the
  // rest is written beside them. What cannot be shared is copied, and the report says why.
  std::optional<Sharing> share = {};
  // kReplace: an existing file under the name is replaced in one step, the last. Formats whose
  // checkpoints are several files refuse all the same.
  IfExists if_exists = IfExists::kFail;
  // kNone: for checkpoints that can be made again. A power cut may leave any of its files missing,
  // empty or cut, which Verify finds.
  Durability durability = Durability::kSynced;
  // kBypass: for a save beside which the machine does other work.
  PageCache page_cache = PageCache::kUse;
  StringTensors strings = StringTensors::kRefuse;
  // Refuses tensors that come from files and have no checksum there (kNoChecksum).
  bool require_checksums = false;
  // Compares all that the files hold with what was to be written, before the commit. Not together
  // with `compress`, which is refused (kArgument).
  bool read_back = false;
  // Called when everything is written, and nothing has its final name yet. An error ends the save.
  std::function<Status()> before_commit = {};
  TransferOptions transfer = {};

  // Calls before_commit, if there is one.
  Status BeforeCommit() const { return before_commit ? before_commit() : Status(); }
};

struct SaveReport {
  uint64_t num_tensors = 0;
  uint64_t nbytes = 0;  // of all files
  std::vector<std::string> files;
  std::vector<std::string> notes = {};  // for people: what is kept otherwise than as a tensor
};

enum class VerifyDepth : uint8_t {
  kQuick,   // metadata and sizes; no tensor data is read
  kFull,    // every checksum
  kStrict,  // also what changes no value: padding, order, overlap, bytes that belong to nobody
};

struct VerifyOptions {
  VerifyDepth depth = VerifyDepth::kFull;
  // A tensor without a checksum is a finding (kNoChecksum).
  bool require_checksums = false;
  Access access = Access::kMap;
  Limits limits = {};
  TransferOptions transfer = {};
};

// One thing wrong with a checkpoint.
struct Finding {
  Status error;               // what, and where
  std::string expected = {};  // of a checksum, in hexadecimal; else empty
  std::string found = {};
};

struct VerifyReport {
  std::vector<Finding> findings;  // none = sound
  uint64_t num_tensors = 0;
  uint64_t nbytes = 0;           // of tensor data that was read
  uint64_t num_unprotected = 0;  // tensors without a checksum: read, not proven
  bool ok() const { return findings.empty(); }
};

// A file of a checkpoint, whether it is there or not.
struct FileDescription {
  std::string path;
  std::optional<uint64_t> nbytes;  // nothing: it is missing
};

// The facts that a checkpoint's files state about themselves, in words for people.
struct Description {
  std::string version;      // of the format
  std::string endianness;   // "little", "big"
  std::string compression;  // of the metadata: "none", "snappy"
  std::vector<FileDescription> files;
};

// The parts of a damaged checkpoint that can still be read.
struct Salvaged {
  TensorDict dict;                 // what there is metadata of; each value is still to be checked
  std::vector<Finding> lost;       // metadata that is gone
  std::vector<std::string> notes;  // for people: what was rebuilt, and from what
};

// Functions over the path that names a checkpoint of this format (for TensorFlow V2, the prefix).
struct Format {
  std::string_view name;            // "tf-v2"
  std::string_view save_name = {};  // what users call it who save: "tf"; empty if it is only read
  // The endings of file names by which a new checkpoint is of this format: ".npz". None if the path
  // is a prefix.
  std::span<const std::string_view> extensions = {};

  // A checkpoint is one file, which can be replaced in one step; but several with max_shard_nbytes.
  bool is_one_file = false;
  // The SaveOptions that the format can honour.
  bool can_compress = false;
  bool can_share = false;
  bool can_shard = false;
  bool can_keep_strings = false;
  // The largest SaveOptions::alignment that it can honour; npz always has that of its values.
  uint64_t max_alignment = 1;

  // Whether the files at `path` are of this format, by content. Errors: kIo.
  Result<bool> (*recognise)(FileSystem&, const std::string& path);
  // Metadata only. Errors: kMissing, DataLoss of every kind, kUnsupported.
  Result<TensorDict> (*open)(FileSystem&, const std::string& path, const OpenOptions&);
  // Whether every tensor can be held, before anything is written. Errors: kUnsupported names those
  // that cannot, and why.
  Status (*can_hold)(const TensorDict&, const SaveOptions&);
  // The last rename is the commit: after an error nothing is under the final name. Errors: kExists;
  // kArgument (a name that the format cannot hold); those of can_hold and of the sources; kNoSpace,
  // kIo.
  Result<SaveReport> (*save)(FileSystem&, const std::string& path, const TensorDict&,
                             const SaveOptions&);
  // Everything that `depth` names is read. An error only where there is nothing to verify; what is
  // wrong is in the report.
  Result<VerifyReport> (*verify)(FileSystem&, const std::string& path, const VerifyOptions&);
  // For a repair: as open, but goes on where that gives up. Changes nothing. Errors: where nothing
  // can be had.
  Result<Salvaged> (*salvage)(FileSystem&, const std::string& path, const OpenOptions&);
  // Errors: those of open.
  Result<Description> (*describe)(FileSystem&, const std::string& path, const OpenOptions&);

  // The next three are null where a checkpoint is always one file.

  // The file whose rename commits a checkpoint at `path`: its index, without which there is none.
  std::string (*commit_path)(const std::string& path) = nullptr;
  // Whether a file belongs to the checkpoint at `path`, by the two names alone.
  bool (*has_member)(std::string_view path, std::string_view file) = nullptr;
  // How to copy the checkpoint `from` under the name `to`, where another of this format may lie.
  // Changes nothing. Errors: those of reading an index; kMissing (a data file); kExists (files of
  // another form under the name); kLimit.
  Result<CopyPlan> (*plan_copy)(FileSystem&, const std::string& from,
                                const std::string& to) = nullptr;
};

}  // namespace cairn

#endif  // CAIRN_FORMATS_FORMAT_H_
