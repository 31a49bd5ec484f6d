#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <random>
#include <set>

#include "cairn/core/variable_names.h"
#include "cairn/session/memory_session.h"
#include "cairn/session/memory_source.h"
#include "cairn/session/restore_plan.h"
#include "cairn/session/session_init.h"
#include "cairn/source/extent_source.h"
#include "cairn/testing/values.h"

namespace cairn {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// A file that is shorter than it said, as after a cut while it was open.
class CutFile final : public RandomAccessFile {
 public:
  CutFile(std::vector<std::byte> content, uint64_t lost_nbytes)
      : content_(std::move(content)), left_(content_.size() - lost_nbytes) {}
  Status ReadAt(uint64_t offset, MutableBytes out) const override {
    if (offset + out.size() > left_) return PastTheEnd(offset, out.size(), left_);
    std::memcpy(out.data(), content_.data() + offset, out.size());
    return {};
  }
  uint64_t size() const override { return content_.size(); }
  const std::string& path() const override { return path_; }

 private:
  std::vector<std::byte> content_;
  uint64_t left_;
  std::string path_ = "model-1.data-00000-of-00001";
};

std::shared_ptr<const TensorSource> Floats(const std::vector<float>& values) {
  return SourceOf<float>({3}, values);
}
std::shared_ptr<const TensorSource> Damaged() { return DamagedSourceOf<float>({3}, {4, 5, 6}); }
std::shared_ptr<const TensorSource> Cut() {
  auto file = std::make_shared<CutFile>(std::vector<std::byte>(12), 4);
  return *ExtentSource::Make(DType::kFloat32, *Shape::Make({3}),
                             {std::move(file), 0, 12, std::nullopt});
}

// Strings whose checksum does not hold.
class DamagedStrings final : public TensorSource {
 public:
  DType dtype() const override { return DType::kString; }
  const Shape& shape() const override { return shape_; }
  Result<std::unique_ptr<TensorStream>> OpenStream() const override {
    return Status(Reason::kDType, "strings");
  }
  Result<StringTensor> ReadStrings() const override {
    return Status(Reason::kCrc, "checksum of the strings differs");
  }

 private:
  Shape shape_ = *Shape::Make({2});
};

class ApplyTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(session_.Add("a", a_, {3}).ok());
    ASSERT_TRUE(session_.Add("b", b_, {3}).ok());
    ASSERT_TRUE(session_.Add("labels", labels_, {2}).ok());
  }

  Status Restore(std::shared_ptr<const TensorSource> a, std::shared_ptr<const TensorSource> b,
                 std::shared_ptr<const TensorSource> labels, const TransferOptions& options = {}) {
    TensorDict::Builder builder;
    builder.Add("a", std::move(a));
    builder.Add("b:0", std::move(b));
    builder.Add("labels", std::move(labels));
    return Apply(session_, MakePlan(session_, *builder.Build()), options);
  }

  std::shared_ptr<const TensorSource> Labels() {
    return *MemorySource("labels", new_labels_, std::vector<int64_t>{2});
  }

  void ExpectUntouched() {
    EXPECT_THAT(a_, ElementsAre(1, 1, 1));
    EXPECT_THAT(b_, ElementsAre(2, 2, 2));
    EXPECT_THAT(labels_, ElementsAre("x", "y"));
  }

  std::vector<float> a_ = {1, 1, 1};
  std::vector<float> b_ = {2, 2, 2};
  std::vector<std::string> labels_ = {"x", "y"};
  std::vector<std::string> new_labels_ = {"cat", ""};
  MemorySession session_;
};

TEST_F(ApplyTest, AssignsNumbersAndStrings) {
  const Status status = Restore(Floats({4, 5, 6}), Floats({7, 8, 9}), Labels());
  ASSERT_TRUE(status.ok()) << status.message();
  EXPECT_THAT(a_, ElementsAre(4, 5, 6));
  EXPECT_THAT(b_, ElementsAre(7, 8, 9));
  EXPECT_THAT(labels_, ElementsAre("cat", ""));
}

TEST_F(ApplyTest, DamageIsFoundBeforeAnythingIsAssigned) {
  const Status status = Restore(Floats({4, 5, 6}), Damaged(), Labels());
  EXPECT_EQ(status.reason(), Reason::kCrc);
  EXPECT_THAT(std::string(status.message()), HasSubstr("tensor 'b:0'"));
  ExpectUntouched();
}

TEST_F(ApplyTest, ACutFileIsFoundBeforeAnythingIsAssigned) {
  EXPECT_EQ(Restore(Floats({4, 5, 6}), Cut(), Labels()).reason(), Reason::kTruncated);
  ExpectUntouched();
}

TEST_F(ApplyTest, DamagedStringsAreFoundBeforeAnythingIsAssigned) {
  EXPECT_EQ(
      Restore(Floats({4, 5, 6}), Floats({4, 5, 6}), std::make_shared<DamagedStrings>()).reason(),
      Reason::kCrc);
  ExpectUntouched();
}

TEST_F(ApplyTest, TheErrorCountsTheOthers) {
  const Status status = Restore(Damaged(), Damaged(), std::make_shared<DamagedStrings>());
  EXPECT_THAT(std::string(status.message()), HasSubstr("tensor 'a'"));
  EXPECT_EQ(status.hint(), "2 more of the tensors wanted cannot be read");
}

TEST_F(ApplyTest, WithoutVerifyChecksumsAreNotCompared) {
  EXPECT_TRUE(Restore(Damaged(), Floats({4, 5, 6}), Labels(), {.verify = false}).ok());
  EXPECT_THAT(a_, ElementsAre(4, 5, 6));
}

TEST_F(ApplyTest, ACancelledRestoreChangesNothing) {
  const std::atomic<bool> cancel = true;
  EXPECT_EQ(Restore(Floats({4, 5, 6}), Floats({4, 5, 6}), Labels(), {.cancel = &cancel}).reason(),
            Reason::kCancelled);
  ExpectUntouched();
}

TEST_F(ApplyTest, APlanThatIsNotAcceptableIsNotApplied) {
  const std::vector<float> two = {1, 2};
  const RestorePlan plan = MakePlan(session_, *DictOf({{"a", {two, {2}}}}));
  EXPECT_EQ(Apply(session_, plan).reason(), Reason::kMismatch);
  ExpectUntouched();
}

TEST_F(ApplyTest, APlanOfAnotherSessionIsRefused) {
  TensorDict::Builder builder;
  builder.Add("b", Floats({4, 5, 6}));
  const RestorePlan plan = MakePlan(session_, *builder.Build());
  std::vector<float> c(3);
  MemorySession other;
  ASSERT_TRUE(other.Add("c", c, {3}).ok());
  EXPECT_EQ(Apply(other, plan).reason(), Reason::kArgument);
  std::vector<float> d(3);
  ASSERT_TRUE(other.Add("d", d, {3}).ok());
  EXPECT_EQ(Apply(other, plan).reason(), Reason::kArgument);
  EXPECT_THAT(d, ElementsAre(0, 0, 0));
}

TEST_F(ApplyTest, ADictWithNothingForTheSessionIsAppliedAsNothing) {
  const RestorePlan plan = MakePlan(session_, TensorDict(), DictRestore::DictRules());
  EXPECT_TRUE(Apply(session_, plan).ok());
  ExpectUntouched();
}

// Random sessions against random dicts, judged by a second, simpler telling of the rules.

struct RandomCase {
  struct Values {
    std::string name;
    std::vector<int32_t> values;  // the number of elements is the shape
    bool local = false;
  };
  std::deque<Values> variables;
  std::deque<Values> entries;
  RestoreRules rules;
};

constexpr std::array kNames = {"a",   "b",         "net/a",  "net/b",           "net/net/a",
                               "net", "network/a", "a/Adam", "_CAIRN_RUN_STATE"};

class RandomCases {
 public:
  explicit RandomCases(uint32_t seed) : random_(seed) {}

  RandomCase Next() {
    RandomCase c;
    for (const char* name : kNames) {
      if (OneIn(2)) c.variables.push_back({name, Value(), OneIn(6)});
      if (OneIn(2)) c.entries.push_back({name, Value()});
      if (OneIn(4)) c.entries.push_back({std::string(name) + ":0", Value()});
      if (OneIn(8)) c.rules.ignore.push_back(std::string(name) + (OneIn(2) ? ":0" : ""));
    }
    std::ranges::shuffle(c.variables, random_);
    if (OneIn(2)) c.rules.prefix = OneIn(2) ? "net" : "net/";
    if (OneIn(2)) c.rules.origin = Origin::kDict;
    if (OneIn(2)) c.rules.nothing = Policy::kWarn;
    return c;
  }

 private:
  bool OneIn(uint32_t n) { return random_() % n == 0; }
  std::vector<int32_t> Value() {
    return std::vector<int32_t>(OneIn(12) ? 2 : 1, static_cast<int32_t>(random_() % 1000));
  }
  std::mt19937 random_;
};

// The entry of a variable, by name alone.
std::optional<std::string> WantedEntry(const RandomCase& c, const std::string& variable) {
  const bool inside = !c.rules.prefix.empty() && variable.starts_with("net/");
  const std::string wanted = inside ? variable.substr(4) : variable;
  std::optional<std::string> found;
  for (const auto& entry : c.entries) {
    if (entry.name == wanted + ":0") return entry.name;
    if (entry.name == wanted) found = wanted;
  }
  return found;
}

bool IsIgnored(const RandomCase& c, std::string entry) {
  if (entry.ends_with(":0")) entry.resize(entry.size() - 2);
  return std::ranges::any_of(c.rules.ignore, [&](const std::string& name) {
    return name == entry || name == entry + ":0";
  });
}

const RandomCase::Values& Named(const std::deque<RandomCase::Values>& all, std::string_view name) {
  return *std::ranges::find(all, name, &RandomCase::Values::name);
}

Match Expected(const RandomCase& c, const RandomCase::Values& variable) {
  const auto entry = WantedEntry(c, variable.name);
  if (!entry)
    return LooksLikeTrainingState(variable.name) ? Match::kTrainingState : Match::kMissing;
  if (IsIgnored(c, *entry)) return Match::kIgnored;
  const bool fits = Named(c.entries, *entry).values.size() == variable.values.size();
  return fits ? Match::kMatched : Match::kMismatched;
}

// Whether two variables want one entry.
bool HasConflict(const RandomCase& c) {
  std::set<std::string> wanted;
  for (const auto& variable : c.variables) {
    const Match match = variable.local ? Match::kMissing : Expected(c, variable);
    const bool wants = match == Match::kMatched || match == Match::kMismatched;
    if (wants && !wanted.insert(*WantedEntry(c, variable.name)).second) return true;
  }
  return false;
}

Reason ExpectedVerdict(const RandomCase& c) {
  std::multiset<Match> matches;
  for (const auto& variable : c.variables) {
    if (!variable.local) matches.insert(Expected(c, variable));
  }
  if (HasConflict(c) || matches.contains(Match::kMismatched)) return Reason::kMismatch;
  const bool may_be_empty = c.rules.nothing != Policy::kError;
  return matches.contains(Match::kMatched) || may_be_empty ? Reason::kNone : Reason::kMissing;
}

void ExpectPartition(const RandomCase& c, const RestorePlan& plan) {
  std::vector<std::string> variables;
  std::multiset<size_t> entries;
  for (const RestoreItem& item : plan.items) {
    if (item.variable) {
      variables.push_back(item.name);
      EXPECT_EQ(item.match, Expected(c, Named(c.variables, item.name))) << item.name;
    } else {
      EXPECT_TRUE(item.match == Match::kUnexpected || item.match == Match::kTrainingState ||
                  item.match == Match::kIgnored);
    }
    EXPECT_EQ(item.entry.has_value(), item.match != Match::kMissing &&
                                          (item.match != Match::kTrainingState || !item.variable))
        << item.name;
    if (item.entry) entries.insert(*item.entry);
  }
  std::vector<std::string> expected;
  for (const auto& variable : c.variables) {
    if (!variable.local) expected.push_back(variable.name);
  }
  EXPECT_EQ(variables, expected) << "each variable once, in order of creation";
  const bool shared = HasConflict(c) || !c.rules.ignore.empty();
  for (size_t i = 0; i < plan.sources[0].dict.size(); ++i) {
    EXPECT_GE(entries.count(i), 1u) << plan.sources[0].dict.name(i);
    EXPECT_TRUE(shared || entries.count(i) == 1) << plan.sources[0].dict.name(i);
  }
}

TEST(RandomRestoreTest, PlansPartitionBothSidesAndApplyDoesWhatTheySay) {
  RandomCases cases(20);
  int num_applied = 0;
  for (int round = 0; round < 2000 && !testing::Test::HasFailure(); ++round) {
    SCOPED_TRACE(round);
    RandomCase c = cases.Next();
    MemorySession session;
    for (auto& variable : c.variables) {
      const auto count = static_cast<int64_t>(variable.values.size());
      ASSERT_TRUE(
          session.Add(variable.name, variable.values, {count}, {.local = variable.local}).ok());
    }
    std::map<std::string, Array> arrays;
    for (const auto& entry : c.entries) {
      arrays.insert({entry.name, {entry.values, {static_cast<int64_t>(entry.values.size())}}});
    }
    const RestorePlan plan = MakePlan(session, *DictOf(arrays), c.rules);
    const std::deque<RandomCase::Values> before = c.variables;
    ExpectPartition(c, plan);
    EXPECT_EQ(plan.acceptable.reason(), ExpectedVerdict(c)) << plan.ToString();
    const Status applied = Apply(session, plan, {.threads = 1});
    EXPECT_EQ(applied.reason(), plan.acceptable.reason());
    num_applied += applied.ok() ? 1 : 0;
    for (size_t i = 0; i < before.size(); ++i) {
      const bool assigned =
          applied.ok() && !before[i].local && Expected(c, before[i]) == Match::kMatched;
      EXPECT_EQ(
          c.variables[i].values,
          assigned ? Named(c.entries, *WantedEntry(c, before[i].name)).values : before[i].values)
          << before[i].name;
    }
  }
  EXPECT_GT(num_applied, 200) << "too few of the random cases can be applied";
}

}  // namespace
}  // namespace cairn
