// The numbers of a zip archive that reading and writing share. Source: PKWARE's APPNOTE.TXT, 4.3
// to 4.5.
#ifndef CAIRN_CODEC_ZIP_ZIP_FORMAT_H_
#define CAIRN_CODEC_ZIP_ZIP_FORMAT_H_

#include <cstdint>

namespace cairn::zip {

inline constexpr uint32_t kLocalMagic = 0x04034b50;
inline constexpr uint32_t kCentralMagic = 0x02014b50;
inline constexpr uint32_t kEndMagic = 0x06054b50;
inline constexpr uint32_t kEnd64Magic = 0x06064b50;
inline constexpr uint32_t kLocator64Magic = 0x07064b50;

inline constexpr uint64_t kLocalNbytes = 30;
inline constexpr uint64_t kCentralNbytes = 46;
inline constexpr uint64_t kEndNbytes = 22;
inline constexpr uint64_t kEnd64Nbytes = 56;
inline constexpr uint64_t kLocator64Nbytes = 20;

// Ten times the version of APPNOTE.TXT.
inline constexpr uint8_t kLatestVersion = 63;

inline constexpr uint16_t kEncryptedFlag = 1 << 0;
inline constexpr uint16_t kDescriptorFlag = 1 << 3;
inline constexpr uint16_t kUtf8Flag = 1 << 11;

// Extra fields: id, size, and so many bytes.
inline constexpr uint64_t kFieldNbytes = 4;
inline constexpr uint16_t kZip64Field = 1;
inline constexpr uint16_t kNoteField = 0x6e43;       // "Cn": ours, see ZipMember::note
inline constexpr uint16_t kHeadersField = 0x6843;    // "Ch": ours, see zip_headers_checksum.h
inline constexpr uint16_t kAlignmentField = 0xd935;  // as Android's zipalign writes it: only fills

}  // namespace cairn::zip

#endif  // CAIRN_CODEC_ZIP_ZIP_FORMAT_H_
