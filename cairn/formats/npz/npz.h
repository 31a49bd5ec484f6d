// numpy's files: .npz, a zip archive whose members are .npy files, and .npy alone. README.md has
// what is read of them.
#ifndef CAIRN_FORMATS_NPZ_NPZ_H_
#define CAIRN_FORMATS_NPZ_NPZ_H_

#include <array>

#include "cairn/formats/format.h"

namespace cairn::npz {

Result<bool> RecogniseNpz(FileSystem& fs, const std::string& path);
// A tensor a member, named as the member without ".npy". The header of each is read; values are
// checked against the checksum of the archive when they are read. An array that numpy can store and
// that is not read here (Python objects, structured types) is listed, and its source returns the
// reason. Errors, with path and member: those of ReadZipDirectory and ParseNpyHeader.
Result<TensorDict> OpenNpz(FileSystem& fs, const std::string& path, const OpenOptions& options);
Result<VerifyReport> VerifyNpz(FileSystem& fs, const std::string& path,
                               const VerifyOptions& options);

Result<bool> RecogniseNpy(FileSystem& fs, const std::string& path);
// One tensor, named as the file without ".npy". It has no checksum. Errors: those of
// ParseNpyHeader; kUnsafe, kUnsupported (an array that is not read).
Result<TensorDict> OpenNpy(FileSystem& fs, const std::string& path, const OpenOptions& options);
Result<VerifyReport> VerifyNpy(FileSystem& fs, const std::string& path,
                               const VerifyOptions& options);

// The functions that format.h describes. The values of stored members begin
// at multiples of 64 bytes.
Status CanHoldNpz(const TensorDict& dict, const SaveOptions& options);
Result<SaveReport> SaveNpz(FileSystem& fs, const std::string& path, const TensorDict& dict,
                           const SaveOptions& options);
// Exactly one tensor; its name is not kept.
Status CanHoldNpy(const TensorDict& dict, const SaveOptions& options);
Result<SaveReport> SaveNpy(FileSystem& fs, const std::string& path, const TensorDict& dict,
                           const SaveOptions& options);

// Salvages what opening reads: an archive lists all of its members or none.
Result<Salvaged> SalvageNpz(FileSystem& fs, const std::string& path, const OpenOptions& options);
Result<Salvaged> SalvageNpy(FileSystem& fs, const std::string& path, const OpenOptions& options);
Result<Description> DescribeNpz(FileSystem& fs, const std::string& path,
                                const OpenOptions& options);
Result<Description> DescribeNpy(FileSystem& fs, const std::string& path,
                                const OpenOptions& options);

inline constexpr std::array kNpzExtensions = {std::string_view(".npz")};
inline constexpr std::array kNpyExtensions = {std::string_view(".npy")};

inline constexpr Format kNpzFormat{.name = "npz",
                                   .save_name = "npz",
                                   .extensions = kNpzExtensions,
                                   .is_one_file = true,
                                   .can_compress = true,
                                   .max_alignment = 64,
                                   .recognise = RecogniseNpz,
                                   .open = OpenNpz,
                                   .can_hold = CanHoldNpz,
                                   .save = SaveNpz,
                                   .verify = VerifyNpz,
                                   .salvage = SalvageNpz,
                                   .describe = DescribeNpz};
inline constexpr Format kNpyFormat{.name = "npy",
                                   .save_name = "npy",
                                   .extensions = kNpyExtensions,
                                   .is_one_file = true,
                                   .max_alignment = 64,
                                   .recognise = RecogniseNpy,
                                   .open = OpenNpy,
                                   .can_hold = CanHoldNpy,
                                   .save = SaveNpy,
                                   .verify = VerifyNpy,
                                   .salvage = SalvageNpy,
                                   .describe = DescribeNpy};

}  // namespace cairn::npz

#endif  // CAIRN_FORMATS_NPZ_NPZ_H_
