// This holds for every source: it goes on from each of its positions as if it had never stopped,
// and refuses what is not one of them.
#include "cairn/data/data_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cairn/data/file_sequence.h"
#include "cairn/data/prefetched.h"
#include "cairn/data/replayed.h"
#include "cairn/data/shuffled_indices.h"
#include "cairn/data/text_lines.h"
#include "cairn/io/memory_file_system.h"
#include "cairn/train/run_components.h"

namespace cairn {
namespace {

using testing::HasSubstr;

using Source = DataSource<std::string>;

// Numbers as text, so that all sources have one type.
class IndexTexts final : public Source {
 public:
  explicit IndexTexts(uint64_t size) : indices_(size, 5) {}
  Result<std::optional<std::string>> Next() override {
    CAIRN_ASSIGN_OR_RETURN(const std::optional<uint64_t> index, indices_.Next());
    if (!index) return std::optional<std::string>();
    return std::optional(std::to_string(*index));
  }
  std::string Position() const override { return indices_.Position(); }
  Status Seek(std::string_view position) override { return indices_.Seek(position); }

 private:
  ShuffledIndices indices_;
};

// A source that owns the one it reads ahead.
class PrefetchedTexts final : public Source {
 public:
  PrefetchedTexts(std::unique_ptr<Source> source, size_t max_ahead)
      : source_(std::move(source)), ahead_(*source_, max_ahead) {}
  Result<std::optional<std::string>> Next() override { return ahead_.Next(); }
  std::string Position() const override { return ahead_.Position(); }
  Status Seek(std::string_view position) override { return ahead_.Seek(position); }

 private:
  std::unique_ptr<Source> source_;
  Prefetched<std::string> ahead_;
};

std::unique_ptr<Source> CountTo(int end) {
  const auto next = std::make_shared<int>(0);
  return std::make_unique<Replayed<std::string>>(
      [next, end]() -> Result<std::optional<std::string>> {
        if (*next == end) return std::optional<std::string>();
        return std::optional(std::to_string(++*next));
      },
      [next] { return *next = 0, Status(); });
}

MemoryFileSystem& Files() {
  static MemoryFileSystem fs;
  if (fs.Exists("data/a").value()) return fs;
  EXPECT_TRUE(fs.Put("data/a", AsBytes("a1\n\na3")).ok());
  EXPECT_TRUE(fs.Put("data/empty", AsBytes("")).ok());
  EXPECT_TRUE(fs.Put("data/b", AsBytes("b1\nb2\n")).ok());
  return fs;
}

std::unique_ptr<Source> Lines(Passes passes) {
  return std::make_unique<FileSequence<std::string>>(
      std::vector<std::string>{"data/a", "data/empty", "data/b"},
      [](const std::string& path) { return TextLines::Open(Files(), path); }, passes);
}

struct SourceCase {
  std::string name;
  std::function<std::unique_ptr<Source>()> make;
};

std::ostream& operator<<(std::ostream& out, const SourceCase& c) { return out << c.name; }

// The next elements, at most `count`; "(end)" after the last one.
std::vector<std::string> Take(Source& source, int count) {
  std::vector<std::string> taken;
  for (int i = 0; i < count; ++i) {
    const auto element = source.Next();
    EXPECT_TRUE(element.ok()) << element.status().message();
    taken.push_back(element.ok() && *element ? **element : "(end)");
  }
  return taken;
}

class EverySourceTest : public testing::TestWithParam<SourceCase> {
 protected:
  static constexpr int kElements = 17;
};

TEST_P(EverySourceTest, GoesOnFromEachPositionInAnotherProcess) {
  const std::vector<std::string> all = Take(*GetParam().make(), 2 * kElements);
  for (int taken = 0; taken <= kElements; ++taken) {
    const auto source = GetParam().make(), other = GetParam().make();
    Take(*source, taken);
    ASSERT_FALSE(source->Position().empty());
    ASSERT_TRUE(other->Seek(source->Position()).ok()) << source->Position();
    EXPECT_EQ(other->Position(), source->Position());
    EXPECT_EQ(Take(*other, kElements),
              std::vector(all.begin() + taken, all.begin() + taken + kElements))
        << source->Position();
  }
}

TEST_P(EverySourceTest, GoesBackAndForward) {
  const std::vector<std::string> all = Take(*GetParam().make(), kElements);
  const auto source = GetParam().make();
  std::vector<std::string> positions;
  for (int i = 0; i < kElements; ++i) {
    positions.push_back(source->Position());
    Take(*source, 1);
  }
  for (int i = 0; i < kElements; ++i) {
    const int place = i * 7 % kElements;
    ASSERT_TRUE(source->Seek(positions[place]).ok()) << positions[place];
    EXPECT_EQ(Take(*source, 1)[0], all[place]) << positions[place];
  }
}

TEST_P(EverySourceTest, EqualPlacesHaveEqualTexts) {
  const auto source = GetParam().make(), other = GetParam().make();
  for (int i = 0; i < kElements; ++i) {
    EXPECT_EQ(source->Position(), other->Position());
    Take(*source, 1);
    Take(*other, 1);
  }
}

TEST_P(EverySourceTest, RefusesWhatIsNotAPosition) {
  const auto source = GetParam().make();
  Take(*source, 2);
  const std::string position = source->Position();
  for (const std::string& wrong :
       {std::string(), std::string("nonsense"), position + " ", position + " more=1",
        " " + position, position.substr(0, position.size() / 2), position + "x",
        std::string(1000, 'x')}) {
    const Status status = source->Seek(wrong);
    EXPECT_EQ(status.reason(), Reason::kFormat) << wrong << ": " << status.message();
    EXPECT_LT(status.message().size(), 300u);
    EXPECT_EQ(source->Position(), position) << wrong;
  }
  std::vector<std::string> expected = Take(*GetParam().make(), 4);
  EXPECT_EQ(Take(*source, 2), std::vector(expected.begin() + 2, expected.end()));
}

TEST_P(EverySourceTest, IsTheDataOfARun) {
  const auto source = GetParam().make(), other = GetParam().make();
  RunComponents components, others;
  components.SetData(*source);
  others.SetData(*other);
  Take(*source, 3);
  const RunState saved = *components.Save({.step = 3});
  EXPECT_EQ(saved.data_position, source->Position());
  ASSERT_TRUE(others.Load(saved).ok());
  EXPECT_EQ(Take(*other, 3), Take(*source, 3));
  RunState damaged = saved;
  damaged.data_position = "nonsense";
  EXPECT_THAT(std::string(others.Load(damaged).status().message()), HasSubstr("data position: "));
}

INSTANTIATE_TEST_SUITE_P(
    , EverySourceTest,
    testing::Values(
        SourceCase{"shuffled indices", [] { return std::make_unique<IndexTexts>(5); }},
        SourceCase{"one index", [] { return std::make_unique<IndexTexts>(1); }},
        SourceCase{"lines of files", [] { return Lines(Passes::kOne); }},
        SourceCase{"lines of files, again and again", [] { return Lines(Passes::kEndless); }},
        SourceCase{"lines of one file", [] { return TextLines::Open(Files(), "data/a").value(); }},
        SourceCase{"data without a position", [] { return CountTo(20); }},
        SourceCase{"prefetched lines",
                   [] { return std::make_unique<PrefetchedTexts>(Lines(Passes::kEndless), 3); }},
        SourceCase{"prefetched, with an end",
                   [] { return std::make_unique<PrefetchedTexts>(Lines(Passes::kOne), 100); }},
        SourceCase{"prefetched without a position",
                   [] { return std::make_unique<PrefetchedTexts>(CountTo(9), 1); }}));

}  // namespace
}  // namespace cairn
