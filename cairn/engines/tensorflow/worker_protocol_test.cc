#include "cairn/engines/tensorflow/worker_protocol.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "cairn/engines/tensorflow/last_lines.h"
#include "cairn/engines/tensorflow/message_fields.h"
#include "cairn/engines/tensorflow/worker_tensor.h"

namespace cairn::tensorflow {
namespace {

using testing::ElementsAre;

TEST(MessageFieldsTest, FieldsComeAsTheyWereWritten) {
  FieldWriter writer;
  const std::vector<int64_t> dims = {2, -1};
  const std::vector<std::string> texts = {"", "b"};
  writer.Number(UINT64_MAX);
  writer.Text(std::string("a\0", 2));
  writer.Dims(dims);
  writer.Texts(texts);
  const std::string body = writer.TakeBody();
  FieldReader reader(body);
  EXPECT_EQ(reader.Number(), UINT64_MAX);
  EXPECT_EQ(reader.Text(), std::string("a\0", 2));
  EXPECT_EQ(reader.Dims(), dims);
  EXPECT_EQ(reader.Texts(), texts);
  EXPECT_TRUE(reader.Finish().ok());

  // Cut anywhere, it is not a message, and what was read of it is harmless.
  for (size_t size = 0; size < body.size(); ++size) {
    FieldReader cut(std::string_view(body).substr(0, size));
    (void)cut.Number();
    (void)cut.Text();
    (void)cut.Dims();
    (void)cut.Texts();
    EXPECT_EQ(cut.Finish().reason(), Reason::kEngine) << size;
  }
  FieldReader more(body);
  EXPECT_EQ(more.Number(), UINT64_MAX);
  EXPECT_EQ(more.Finish().reason(), Reason::kEngine);
}

TEST(MessageFieldsTest, ALargeCountAllocatesNothing) {
  FieldWriter writer;
  writer.Number(UINT64_MAX);
  const std::string body = writer.TakeBody();
  EXPECT_TRUE(FieldReader(body).Texts().empty());
  EXPECT_TRUE(FieldReader(body).Dims().empty());
  EXPECT_TRUE(FieldReader(body).Text().empty());
}

TEST(WorkerProtocolTest, AnErrorComesAsItWas) {
  const Status error =
      Status(Reason::kVersion, "one 'a\\nb'").AtPath("/tmp/\xff").WithHint("Do it.");
  const Status decoded = DecodeError(EncodeError(error));
  EXPECT_EQ(decoded.ToString(), error.ToString());
  EXPECT_EQ(decoded.hint(), error.hint());
}

TEST(WorkerProtocolTest, WhateverIsSentIsAnErrorInOneLine) {
  FieldWriter writer;
  writer.Number(0);
  writer.Text("");
  writer.Text("two\nlines \x1b[2J");
  writer.Text("");
  const Status decoded = DecodeError(writer.TakeBody());
  EXPECT_EQ(decoded.reason(), Reason::kEngine);
  EXPECT_EQ(decoded.message(), "two\\nlines \\x1b[2J");
  EXPECT_EQ(DecodeError("").reason(), Reason::kEngine);
  FieldWriter unknown;
  unknown.Number(200);
  for (int i = 0; i < 3; ++i) unknown.Text("x");
  EXPECT_EQ(DecodeError(unknown.TakeBody()).reason(), Reason::kEngine);
}

std::vector<std::byte> Stored(const StringTensor& strings) {
  std::vector<std::byte> bytes(StoredNbytes(strings));
  StoreStrings(strings, bytes);
  return bytes;
}

TEST(WorkerProtocolTest, StringsComeAsTheyWere) {
  StringTensor strings;
  EXPECT_EQ(LoadStrings(Stored(strings), 0).value(), strings);
  for (const char* element : {"", "abc", "", "d"}) strings.Add(element);
  const std::vector<std::byte> stored = Stored(strings);
  EXPECT_EQ(LoadStrings(stored, 4).value(), strings);
  for (size_t size = 0; size < stored.size(); ++size)
    EXPECT_FALSE(LoadStrings(Bytes(stored).first(size), 4).ok()) << size;
  EXPECT_FALSE(LoadStrings(stored, 3).ok());
  EXPECT_FALSE(LoadStrings(stored, UINT64_MAX).ok());
}

TEST(WorkerTensorTest, AFetchedTensorIsReadFromItsPlace) {
  const auto memory = std::make_shared<const SharedMemory>(SharedMemory::Create(200).value());
  std::ranges::fill(memory->bytes().subspan(128, 8), std::byte{1});
  FieldWriter writer;
  writer.Number(static_cast<uint64_t>(DType::kUInt8));
  writer.Dims(std::vector<int64_t>{2, 4});
  writer.Number(128);
  writer.Number(8);
  const std::string body = writer.TakeBody();
  FieldReader fields(body);
  const auto tensor = ReadFetched(fields, memory).value();
  EXPECT_EQ(tensor->dtype(), DType::kUInt8);
  EXPECT_THAT(tensor->dims(), ElementsAre(2, 4));
  EXPECT_EQ(AsText(tensor->bytes()), std::string(8, '\1'));
}

TEST(WorkerTensorTest, ATensorThatIsNotThereIsRefused) {
  const auto memory = std::make_shared<const SharedMemory>(SharedMemory::Create(200).value());
  constexpr auto kUInt8 = static_cast<uint64_t>(DType::kUInt8);
  const struct {
    const char* why;
    uint64_t dtype;
    std::vector<int64_t> dims;
    uint64_t offset;
    uint64_t nbytes;
  } rows[] = {
      {"a type that there is not", 99, {8}, 0, 8},
      {"no type", 0, {8}, 0, 8},
      {"a handle", static_cast<uint64_t>(DType::kResource), {8}, 0, 8},
      {"a negative dimension", kUInt8, {-8}, 0, 8},
      {"too many elements", kUInt8, {INT64_MAX, INT64_MAX}, 0, 8},
      {"fewer bytes than elements", kUInt8, {9}, 0, 8},
      {"more bytes than elements", kUInt8, {7}, 0, 8},
      {"past the end", kUInt8, {73}, 128, 73},
      {"an offset past the end", kUInt8, {8}, 256, 8},
      {"an end that cannot be counted", kUInt8, {128}, UINT64_MAX - 63, 128},
      {"an offset between", kUInt8, {8}, 8, 8},
      {"strings without lengths", static_cast<uint64_t>(DType::kString), {9}, 128, 71},
  };
  for (const auto& row : rows) {
    FieldWriter writer;
    writer.Number(row.dtype);
    writer.Dims(row.dims);
    writer.Number(row.offset);
    writer.Number(row.nbytes);
    const std::string body = writer.TakeBody();
    FieldReader fields(body);
    const auto tensor = ReadFetched(fields, memory);
    EXPECT_EQ(tensor.status().reason(), Reason::kEngine) << row.why;
  }
}

TEST(LastLinesTest, AreTheLastThreeThatAreNotEmpty) {
  EXPECT_EQ(LastLines(""), "");
  EXPECT_EQ(LastLines("\n\n"), "");
  EXPECT_EQ(LastLines("a"), "a");
  EXPECT_EQ(LastLines("a\nb\n\nc\nd\n"), "b; c; d");
  EXPECT_EQ(LastLines("WARNING: All log messages before absl::InitializeLog() is called are\n"
                      "I0000 00:00:17960.026269   23439 port.cc:153] oneDNN custom operations\n"
                      "F0000 00:00:17960.089263   23439 shape.cc:711] Check failed: rank >= 0\n"
                      "*** Check failure stack trace: ***\n"
                      "    @     0x7fd257ace564  absl::SendToLog()\n"),
            "F0000 00:00:17960.089263   23439 shape.cc:711] Check failed: rank >= 0");
  EXPECT_EQ(LastLines("\x1b[1m\n"), "\\x1b[1m");
  EXPECT_EQ(LastLines(std::string(10'000, 'x')).size(), 500);
}

}  // namespace
}  // namespace cairn::tensorflow
