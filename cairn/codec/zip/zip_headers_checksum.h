// The checksum over all headers of an archive that Cairn wrote.
//
// It is the CRC-32 of every local header with its name and extra fields, in the order of the file,
// then of the directory and the records after it, with zeros in the place of the checksum itself.
// It covers what no reader needs: time stamps, versions, attributes, extra fields of other
// programs. It stands in an extra field of the first entry of the directory; the local header of
// the first member has an empty field of the same kind, so that damage of either field is noticed.
//
// In an archive of deflated members another CRC-32 follows in the same field: that of the packed
// data of all of them, in the order of the file. Some bits of it change no value, such as those
// that fill its last byte.
#ifndef CAIRN_CODEC_ZIP_ZIP_HEADERS_CHECKSUM_H_
#define CAIRN_CODEC_ZIP_ZIP_HEADERS_CHECKSUM_H_

#include <span>

#include "cairn/codec/zip/zip_directory.h"

namespace cairn {

// Compares it, if the archive has one or the mark of one. `members` are those of ReadZipDirectory.
// With it the checksum of packed data, for which all of that is read. Errors, with the path: kCrc
// (one is another, or one of the two fields is gone), kBounds, kLimit, those of the file.
Status CheckZipHeaders(const RandomAccessFile& file, std::span<const ZipMember> members,
                       const Limits& limits);

}  // namespace cairn

#endif  // CAIRN_CODEC_ZIP_ZIP_HEADERS_CHECKSUM_H_
