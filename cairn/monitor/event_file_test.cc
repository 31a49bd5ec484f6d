#include "cairn/monitor/event_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <limits>
#include <ostream>
#include <thread>
#include <tuple>

#include "cairn/io/memory_file_system.h"
#include "cairn/io/path.h"
#include "cairn/io/process_identity.h"
#include "cairn/monitor/cut_event_files.h"
#include "cairn/monitor/event_record.h"
#include "cairn/testing/damage.h"
#include "cairn/testing/fault_file_system.h"
#include "cairn/testing/row_name.h"

namespace cairn {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// "loss 0.5 at 3" for each scalar of all event files, in the order of their names.
std::vector<std::string> ScalarsOf(FileSystem& fs, const std::string& directory) {
  std::vector<std::string> scalars;
  const std::vector<std::string> names = *fs.List(directory);
  for (const std::string& name : names) {
    if (!name.starts_with(kEventFilePrefix)) continue;
    EventReader reader(*fs.OpenForReading(JoinPath(directory, name), Access::kRead));
    for (;;) {
      const auto event = reader.Next();
      if (!event.ok()) scalars.emplace_back(ReasonWord(event.status().reason()));
      if (!event.ok() || !event->has_value()) break;
      for (const ScalarEvent& scalar : (*event)->scalars) {
        scalars.push_back(scalar.tag + " " + testing::PrintToString(scalar.value) + " at " +
                          std::to_string((*event)->step));
      }
    }
  }
  return scalars;
}

struct EventFileTest : testing::Test {
  MemoryFileSystem disk;
  FaultFileSystem fs{disk};
  double now = 1'700'000'000.5;
  EventWriter writer{fs, "run", [this] { return now; }};

  void SetUp() override { ASSERT_TRUE(disk.CreateDirectories("run").ok()); }
  std::vector<std::string> Scalars() { return ScalarsOf(disk, "run"); }
};

// ---- Records

TEST_F(EventFileTest, ARecordHasTheBytesThatTensorFlowWrites) {
  // tf.io.TFRecordWriter of TensorFlow 2.21 wrote this.
  const std::string expected(
      "\x18\0\0\0\0\0\0\0\xa3\x7f\x4b\x22\x09\0\0\x20\x40\xfc\x54\xd9\x41\x10\x03\x2a\x0b\x0a\x09"
      "\x0a\x02lr\x15\0\0\0\x3f\x72\x7b\x03\x90",
      40);
  EXPECT_EQ(EncodeEventRecord({.wall_time = 1'700'000'000.5, .step = 3, .scalars = {{"lr", 0.5f}}}),
            expected);
}

TEST_F(EventFileTest, TheFirstEventSaysVersionAndWriter) {
  writer.Add("loss", 0.5, 3);
  ASSERT_TRUE(writer.Flush().ok());
  const std::string name = std::string(kEventFilePrefix) + "1700000000." + ThisProcess().host;
  ASSERT_THAT(*disk.List("run"), ElementsAre(name));
  EventReader reader(*disk.OpenForReading("run/" + name, Access::kRead));
  const Event first = **reader.Next();
  EXPECT_EQ(first.file_version, "brain.Event:2");
  EXPECT_EQ(first.writer, "cairn");
  EXPECT_EQ(first.wall_time, now);
  EXPECT_THAT(first.scalars, IsEmpty());
  const Event second = **reader.Next();
  EXPECT_EQ(second.step, 3);
  EXPECT_EQ(second.wall_time, now);
  ASSERT_EQ(second.scalars.size(), 1u);
  EXPECT_EQ(second.scalars[0].tag, "loss");
  EXPECT_EQ(second.scalars[0].value, 0.5f);
  EXPECT_FALSE(reader.Next()->has_value());
}

TEST_F(EventFileTest, ALargeFileIsReadInPieces) {
  const std::string tag(100'000, 'x');
  for (int64_t step = 1; step <= 3; ++step) {
    writer.Add(tag, static_cast<double>(step), step);
    writer.Add("small", 0, step);
  }
  ASSERT_TRUE(writer.Flush().ok());
  EXPECT_THAT(Scalars(), ElementsAre(tag + " 1 at 1", "small 0 at 1", tag + " 2 at 2",
                                     "small 0 at 2", tag + " 3 at 3", "small 0 at 3"));
}

struct BadFile {
  const char* what;
  std::function<void(std::string&)> damage;
  Reason reason;
};
void PrintTo(const BadFile& row, std::ostream* out) { *out << row.what; }

class BadEventFileTest : public testing::TestWithParam<BadFile> {};

TEST_P(BadEventFileTest, IsReadUpToTheDamage) {
  const std::string first = EncodeEventRecord({.step = 1, .scalars = {{"a", 1}}});
  std::string file = first + EncodeEventRecord({.step = 2, .scalars = {{"b", 2}}});
  GetParam().damage(file);
  EventReader reader(std::make_shared<MemoryFile>(AsBytes(file), "events"));
  ASSERT_TRUE(reader.Next().ok());
  const Status status = reader.Next().status();
  EXPECT_EQ(status.reason(), GetParam().reason) << status;
  EXPECT_EQ(status.path(), "events");
  EXPECT_EQ(status.offset(), first.size());
  EXPECT_EQ(reader.position(), first.size());
}

// Both records have 39 bytes: 12 of head, 23 of data, 4 of checksum.
constexpr size_t kSecond = 39;

INSTANTIATE_TEST_SUITE_P(
    , BadEventFileTest,
    testing::Values(
        BadFile{"cut in the head", [](auto& file) { file.resize(kSecond + 11); },
                Reason::kTruncated},
        BadFile{"cut after the head", [](auto& file) { file.resize(kSecond + 12); },
                Reason::kTruncated},
        BadFile{"cut in the checksum", [](auto& file) { file.pop_back(); }, Reason::kTruncated},
        BadFile{"a bit of the length", [](auto& file) { file[kSecond] ^= 1; }, Reason::kCrc},
        BadFile{"a bit of the checksum of the length", [](auto& file) { file[kSecond + 8] ^= 1; },
                Reason::kCrc},
        BadFile{"a bit of the data", [](auto& file) { file[kSecond + 20] ^= 1; }, Reason::kCrc},
        BadFile{"a bit of the checksum", [](auto& file) { file.back() ^= 1; }, Reason::kCrc},
        BadFile{"zeros", [](auto& file) { std::fill(file.begin() + kSecond, file.end(), '\0'); },
                Reason::kCrc},
        BadFile{"a length beyond the file with its checksum",
                [](auto& file) {
                  const std::string head("\xff\xff\xff\xff\xff\xff\xff\xff\xa6\x7b\x11\x3a", 12);
                  file.replace(kSecond, 12, head);
                },
                Reason::kTruncated}),
    [](const auto& row) { return RowName(row.param.what); });

TEST(EventTest, AMalformedMessageIsAnError) {
  EXPECT_EQ(ParseEvent(AsBytes("\x2a\x05")).status().reason(), Reason::kProto);
  EXPECT_EQ(ParseEvent(AsBytes("\x2a\x02\x0a\x05")).status().reason(), Reason::kProto);
  EXPECT_TRUE(ParseEvent({}).ok());
  // Fields that are not known, and known ones of another wire type, are passed over.
  EXPECT_TRUE(ParseEvent(AsBytes("\x10\x05\x58\x01\x0d....")).ok());
}

// ---- Writing

TEST_F(EventFileTest, ItsNameComesAfterThoseOfOlderFiles) {
  const std::string host = "." + ThisProcess().host;
  const std::string prefix = "run/" + std::string(kEventFilePrefix);
  const std::tuple<std::string, double, std::string> rows[] = {
      {"9", 1'700'000'000.5, "1700000000" + host},
      {"1700000000" + host, 1'700'000'000.9, "1700000001" + host},
      {"1700000900.elsewhere", 1'700'000'001, "1700000901" + host},  // The clock was set back.
      {"17000000000.more_digits", 1'700'000'950, "1700000950" + host},
      {"99999999999999999999", 1'700'000'951, "1700000951" + host},
      {"word", 1'700'000'952, "1700000952" + host}};
  for (const auto& [older, time, name] : rows) {
    if (!*disk.Exists(prefix + older)) (void)disk.Put(prefix + older, {});
    now = time;
    EventWriter another(fs, "run", [this] { return now; });
    another.Add("loss", 0.5, 3);
    ASSERT_TRUE(another.Flush().ok());
    EXPECT_GT(disk.Stat(prefix + name)->size, 0u) << name;
  }
}

TEST_F(EventFileTest, ATagIsAlwaysUtf8) {
  writer.Add("\xc3\xbc", 1, 1);
  writer.Add("\xff", 1, 1);
  ASSERT_TRUE(writer.Flush().ok());
  EXPECT_THAT(Scalars(), ElementsAre("\xc3\xbc 1 at 1", "\\xff 1 at 1"));
}

TEST_F(EventFileTest, WithoutEventsThereIsNoFile) {
  EXPECT_TRUE(writer.Flush().ok());
  EXPECT_TRUE(writer.Sync().ok());
  EXPECT_THAT(*disk.List("run"), IsEmpty());
}

TEST_F(EventFileTest, AFailedWriteIsTriedAgainInTheSamePlace) {
  writer.Add("a", 1, 1);
  ASSERT_TRUE(writer.Flush().ok());
  writer.Add("b", 2, 2);
  fs.script().Inject({.call = Call::kWrite, .reason = Reason::kNoSpace, .done_nbytes = 20});
  EXPECT_EQ(writer.Flush().reason(), Reason::kNoSpace);
  EXPECT_THAT(Scalars(), ElementsAre("a 1 at 1", "E_TRUNCATED"));
  writer.Add("c", 3, 3);
  EXPECT_TRUE(writer.Flush().ok());
  EXPECT_THAT(Scalars(), ElementsAre("a 1 at 1", "b 2 at 2", "c 3 at 3"));
}

TEST_F(EventFileTest, AFileThatCannotBeMadeIsTriedAgain) {
  fs.script().Inject({.call = Call::kCreate, .reason = Reason::kReadOnly});
  writer.Add("a", 1, 1);
  EXPECT_EQ(writer.Flush().reason(), Reason::kReadOnly);
  EXPECT_TRUE(writer.Flush().ok());
  EXPECT_THAT(Scalars(), ElementsAre("a 1 at 1"));
}

TEST_F(EventFileTest, TooManyUnwrittenEventsAreDroppedAndCounted) {
  fs.script().Inject({.call = Call::kWrite, .reason = Reason::kNoSpace, .repeat = Repeat::kSticky});
  const std::string tag(1 << 18, 'x');
  for (int64_t step = 1; step <= 4; ++step) {
    writer.Add(tag, 0, step);
    const Status status = writer.Flush();
    EXPECT_EQ(status.reason(), Reason::kNoSpace);
    EXPECT_EQ(status.message().find("4 scalars are lost") != std::string_view::npos, step == 4);
  }
  fs.script().Reset();
  writer.Add("b", 2, 5);
  EXPECT_TRUE(writer.Flush().ok());
  EXPECT_THAT(Scalars(), ElementsAre("b 2 at 5"));
  EXPECT_EQ(writer.num_lost(), 4u);
  EXPECT_EQ(CutEventFiles(fs, "run", 5)->num_scalars, 1u);  // The file is known as ours.
}

TEST_F(EventFileTest, WhatWasSyncedSurvivesAPowerCut) {
  writer.Add("a", 1, 1);
  ASSERT_TRUE(writer.Flush().ok());
  ASSERT_TRUE(writer.Sync().ok());
  writer.Add("b", 2, 2);
  ASSERT_TRUE(writer.Flush().ok());
  EXPECT_THAT(ScalarsOf(*disk.AfterPowerCut(), "run"), ElementsAre("a 1 at 1"));
  ASSERT_TRUE(writer.Sync().ok());
  EXPECT_THAT(ScalarsOf(*disk.AfterPowerCut(), "run"), ElementsAre("a 1 at 1", "b 2 at 2"));
  EXPECT_EQ(fs.script().count(Call::kSyncDirectory), 1u);  // The name is new once.
}

TEST_F(EventFileTest, AfterAFailedSyncAnotherFileBegins) {
  writer.Add("a", 1, 1);
  ASSERT_TRUE(writer.Flush().ok());
  fs.script().Inject({.call = Call::kSync, .reason = Reason::kIo});
  EXPECT_EQ(writer.Sync().reason(), Reason::kIo);
  EXPECT_TRUE(writer.Sync().ok());  // There is nothing left to sync.
  writer.Add("b", 2, 2);
  ASSERT_TRUE(writer.Flush().ok());
  ASSERT_TRUE(writer.Sync().ok());
  EXPECT_EQ(disk.List("run")->size(), 2u);
  EXPECT_EQ(fs.script().UseAfterFailure(), std::nullopt);
  EXPECT_THAT(ScalarsOf(*disk.AfterPowerCut(), "run"), ElementsAre("b 2 at 2"));
}

TEST_F(EventFileTest, AFailedSyncOfTheDirectoryIsTriedAgain) {
  writer.Add("a", 1, 1);
  ASSERT_TRUE(writer.Flush().ok());
  fs.script().Inject({.call = Call::kSyncDirectory, .reason = Reason::kIo});
  EXPECT_EQ(writer.Sync().reason(), Reason::kIo);
  EXPECT_TRUE(writer.Sync().ok());
  EXPECT_THAT(ScalarsOf(*disk.AfterPowerCut(), "run"), ElementsAre("a 1 at 1"));
}

TEST_F(EventFileTest, AnotherThreadMaySync) {
  fs.script().Inject({.call = Call::kSync, .reason = Reason::kIo, .nth = 20});
  std::atomic<bool> is_done = false;
  std::thread other([&] {
    while (!is_done) (void)writer.Sync();
  });
  for (int64_t step = 1; step <= 500; ++step) {
    writer.Add("a", 1, step);
    EXPECT_TRUE(writer.Flush().ok());
  }
  is_done = true;
  other.join();
  EXPECT_EQ(Scalars().size(), 500u);
}

// ---- Cutting

TEST_F(EventFileTest, EventsOfLaterStepsAreCut) {
  for (int64_t step = 1; step <= 4; ++step) {
    writer.Add("a", static_cast<double>(step), step);
    writer.Add("b", 0, step);
  }
  ASSERT_TRUE(writer.Flush().ok());
  for (const int64_t step : {9, 4, 3, 3, 1, 0}) {
    const auto cut = CutEventFiles(fs, "run", step);
    ASSERT_TRUE(cut.ok()) << cut.status();
    EXPECT_EQ(cut->num_scalars, 2u * static_cast<uint64_t>(std::min<int64_t>(step, 4)));
    EXPECT_EQ(Scalars().size(), cut->num_scalars);
  }
  EXPECT_EQ(disk.List("run")->size(), 1u);
}

TEST_F(EventFileTest, ACutFileIsDurableAndOneThatStaysIsNotWritten) {
  writer.Add("a", 1, 1);
  writer.Add("a", 2, 2);
  ASSERT_TRUE(writer.Flush().ok());
  ASSERT_TRUE(writer.Sync().ok());
  const std::string name = disk.List("run")->front();
  fs.script().Reset();
  EXPECT_THAT(CutEventFiles(fs, "run", 2)->files, IsEmpty());
  EXPECT_EQ(fs.script().num_mutations(), 0u);
  EXPECT_THAT(CutEventFiles(fs, "run", 1)->files, ElementsAre(name));
  EXPECT_THAT(ScalarsOf(*disk.AfterPowerCut(), "run"), ElementsAre("a 1 at 1"));
}

TEST_F(EventFileTest, ACutThatIsInterruptedLosesNothing) {
  writer.Add("a", 1, 1);
  writer.Add("a", 2, 2);
  ASSERT_TRUE(writer.Flush().ok());
  ASSERT_TRUE(writer.Sync().ok());
  for (uint64_t nth = 1; nth <= 5; ++nth) {
    const auto copy = disk.AfterPowerCut();
    FaultFileSystem faulty(*copy);
    faulty.script().StopAt(nth);
    EXPECT_FALSE(CutEventFiles(faulty, "run", 1).ok()) << nth;
    const auto cut = CutEventFiles(*copy, "run", 1);
    ASSERT_TRUE(cut.ok()) << nth;
    EXPECT_EQ(cut->num_scalars, 1u) << nth;
    EXPECT_EQ(copy->List("run")->size(), 1u) << nth;
  }
}

TEST_F(EventFileTest, TheRestOfADamagedFileIsCut) {
  writer.Add("a", 1, 1);
  writer.Add("b", 2, 2);
  ASSERT_TRUE(writer.Flush().ok());
  const std::string path = "run/" + disk.List("run")->front();
  std::vector<std::byte> bytes = *disk.Get(path);
  bytes.pop_back();
  ASSERT_TRUE(disk.Put(path, bytes).ok());
  EXPECT_EQ(CutEventFiles(fs, "run", 9)->num_scalars, 1u);
  EXPECT_THAT(Scalars(), ElementsAre("a 1 at 1"));
}

TEST_F(EventFileTest, FilesOfOthersAreNotTouched) {
  const std::string theirs =
      EncodeEventRecord({.file_version = "brain.Event:2", .writer = "tensorboard"}) +
      EncodeEventRecord({.step = 9, .scalars = {{"x", 1}}});
  std::string zeros(100, '\0');
  const std::pair<const char*, std::string> files[] = {
      {"events.out.tfevents.1.theirs", theirs},
      {"events.out.tfevents.2.no_writer", EncodeEventRecord({.step = 9, .scalars = {{"x", 1}}})},
      {"events.out.tfevents.3.empty", ""},
      {"events.out.tfevents.4.zeros", zeros},
      {"stats.json", "[]"}};
  for (const auto& [name, content] : files)
    ASSERT_TRUE(disk.Put(std::string("run/") + name, AsBytes(content)).ok());
  ASSERT_TRUE(disk.CreateDirectories("run/events.out.tfevents.5.directory").ok());
  fs.script().Reset();
  const auto cut = CutEventFiles(fs, "run", 1);
  ASSERT_TRUE(cut.ok()) << cut.status();
  EXPECT_EQ(cut->num_scalars, 0u);
  EXPECT_EQ(fs.script().num_mutations(), 0u);
}

TEST_F(EventFileTest, AFileThatCannotBeReadIsAnErrorAndNotCut) {
  writer.Add("a", 2, 2);
  ASSERT_TRUE(writer.Flush().ok());
  fs.script().Inject({.call = Call::kRead, .reason = Reason::kIo});
  EXPECT_EQ(CutEventFiles(fs, "run", 1).status().reason(), Reason::kIo);
  EXPECT_THAT(Scalars(), ElementsAre("a 2 at 2"));
  EXPECT_EQ(CutEventFiles(fs, "gone", 1).status().reason(), Reason::kMissing);
}

}  // namespace
}  // namespace cairn
