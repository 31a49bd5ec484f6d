// The plain bytes of a member of a zip archive.
#ifndef CAIRN_CODEC_ZIP_MEMBER_STREAM_H_
#define CAIRN_CODEC_ZIP_MEMBER_STREAM_H_

#include <memory>

#include "cairn/codec/zip/zip_directory.h"
#include "cairn/core/tensor_source.h"

namespace cairn {

// From the first byte to the last; the end is reached only if size and checksum are those of the
// directory. Memory: a few buffers, whatever the size. Errors: those of LocateZipData; of the
// stream: kFormat (no deflated data), kLimit (more than the directory says: a bomb), kSize, kCrc.
Result<std::unique_ptr<TensorStream>> OpenZipMember(std::shared_ptr<const RandomAccessFile> file,
                                                    const ZipMember& member);

}  // namespace cairn

#endif  // CAIRN_CODEC_ZIP_MEMBER_STREAM_H_
