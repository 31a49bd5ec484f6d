#include "cairn/session/restore_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "cairn/session/memory_session.h"
#include "cairn/session/memory_source.h"
#include "cairn/session/session_init.h"

namespace cairn {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// A session of float vectors of two elements, unless said otherwise.
class TwoFloats {
 public:
  explicit TwoFloats(std::initializer_list<std::string> names) {
    for (const std::string& name : names) Add(name);
  }
  void Add(const std::string& name, Collections collections = {}) {
    EXPECT_TRUE(session_.Add(name, arrays_.emplace_back(2), {2}, collections).ok()) << name;
  }
  operator const Session&() const { return session_; }

 private:
  std::deque<std::vector<float>> arrays_;
  MemorySession session_;
};

const std::vector<float> kTwo = {1, 2};

TensorDict DictWith(std::initializer_list<std::string> names) {
  std::map<std::string, Array> arrays;
  for (const std::string& name : names) arrays.insert({name, {kTwo, {2}}});
  return *DictOf(arrays);
}

// "matched w", "unexpected b", … in the order of the plan.
std::vector<std::string> Lines(const RestorePlan& plan) {
  std::vector<std::string> lines;
  for (const RestoreItem& item : plan.items) {
    lines.push_back(std::string(Name(item.match)) + " " + item.name);
  }
  return lines;
}

TEST(RestorePlanTest, VariablesInOrderOfCreationThenUnexpectedEntriesSorted) {
  const RestorePlan plan = MakePlan(TwoFloats({"z", "new", "a"}), DictWith({"a", "z", "y", "b"}));
  EXPECT_THAT(Lines(plan),
              ElementsAre("matched z", "missing new", "matched a", "unexpected b", "unexpected y"));
  EXPECT_TRUE(plan.acceptable.ok());
  EXPECT_EQ(plan.items[0].detail, "float32[2]");
  EXPECT_EQ(plan.items[0].entry, 3u);
  EXPECT_FALSE(plan.items[1].entry);
  EXPECT_FALSE(plan.items[3].variable);
  EXPECT_EQ(plan.Count(Match::kMatched), 2u);
}

TEST(RestorePlanTest, TheFormWithAnOutputIsUsedWhereBothAreThere) {
  const TensorDict dict = DictWith({"b:0", "w", "w:0", "w:1"});
  const RestorePlan plan = MakePlan(TwoFloats({"w", "b"}), dict);
  EXPECT_THAT(Lines(plan), ElementsAre("matched w", "matched b", "ignored w", "unexpected w:1"));
  EXPECT_EQ(dict.name(*plan.items[0].entry), "w:0");
  EXPECT_EQ(dict.name(*plan.items[1].entry), "b:0");
  EXPECT_THAT(plan.items[2].detail, HasSubstr("'w:0'"));
  EXPECT_THAT(plan.warnings, ElementsAre("in the checkpoint, but not restored: w:1"));
}

TEST(RestorePlanTest, NamesAreCaseSensitive) {
  EXPECT_THAT(Lines(MakePlan(TwoFloats({"Conv/W"}), DictWith({"conv/W"}))),
              ElementsAre("missing Conv/W", "unexpected conv/W"));
}

TEST(RestorePlanTest, LocalVariablesAreNoPartOfIt) {
  TwoFloats session({"w"});
  session.Add("counter", {.local = true});
  const RestorePlan plan = MakePlan(session, DictWith({"w", "counter"}));
  EXPECT_THAT(Lines(plan), ElementsAre("matched w", "unexpected counter"));
}

TEST(RestorePlanTest, APrefixNamesAScope) {
  const TensorDict dict = DictWith({"w", "b", "network/w"});
  const TwoFloats session({"net/w", "network/w", "b", "net/new"});
  for (const char* prefix : {"net", "net/"}) {
    const RestorePlan plan = MakePlan(session, dict, {.prefix = prefix});
    EXPECT_THAT(Lines(plan),
                ElementsAre("matched net/w", "matched network/w", "matched b", "missing net/new"));
    EXPECT_EQ(plan.items[0].detail, "float32[2], from 'w'");
    EXPECT_EQ(plan.items[1].detail, "float32[2]");
  }
}

TEST(RestorePlanTest, APrefixOfNoVariableIsReported) {
  EXPECT_THAT(MakePlan(TwoFloats({"w"}), DictWith({"w"}), {.prefix = "nett"}).warnings,
              ElementsAre("prefix 'nett': no variable of the session begins with it"));
}

TEST(RestorePlanTest, TwoVariablesForOneEntryAreAnError) {
  const TwoFloats session({"net/w", "w"});
  const RestorePlan plan = MakePlan(session, DictWith({"w"}), {.prefix = "net"});
  EXPECT_EQ(plan.acceptable.reason(), Reason::kMismatch);
  EXPECT_EQ(plan.acceptable.message(), "'net/w' and 'w' both want 'w'");
}

TEST(RestorePlanTest, NoConflictOverAnIgnoredEntry) {
  const TwoFloats session({"net/w", "w", "b"});
  const RestorePlan plan =
      MakePlan(session, DictWith({"b", "w"}), {.prefix = "net", .ignore = {"w:0"}});
  EXPECT_TRUE(plan.acceptable.ok());
  EXPECT_THAT(Lines(plan), ElementsAre("ignored net/w", "ignored w", "matched b"));
}

TEST(RestorePlanTest, IgnoreTakesNamesOfTheCheckpointInEitherForm) {
  const TensorDict dict = DictWith({"a", "b:0", "c", "d", "only"});
  const RestorePlan plan =
      MakePlan(TwoFloats({"a", "b", "c", "d"}), dict, {.ignore = {"a:0", "b", "c", "only"}});
  EXPECT_THAT(Lines(plan),
              ElementsAre("ignored a", "ignored b", "ignored c", "matched d", "ignored only"));
  EXPECT_THAT(plan.warnings, ElementsAre("in the checkpoint, but not restored: a, b, c, only"));
}

TEST(RestorePlanTest, IgnoreThatMatchesNothingIsReported) {
  const RestorePlan plan = MakePlan(TwoFloats({"net/conv/W"}), DictWith({"conv/W"}),
                                    {.prefix = "net", .ignore = {"net/conv/W", "zzz"}});
  EXPECT_THAT(
      plan.warnings,
      ElementsAre("ignore 'net/conv/W': no such name in the checkpoint, did you mean 'conv/W'?",
                  "ignore 'zzz': no such name in the checkpoint"));
  EXPECT_THAT(Lines(plan), ElementsAre("matched net/conv/W"));
}

TEST(RestorePlanTest, MismatchesAreAllInOneError) {
  std::vector<float> w(4);
  std::vector<int32_t> n(2);
  std::vector<float> fine(2);
  MemorySession session;
  ASSERT_TRUE(session.Add("w", w, {4}).ok());
  ASSERT_TRUE(session.Add("n", n, {2}).ok());
  ASSERT_TRUE(session.Add("fine", fine, {2}).ok());
  const RestorePlan plan = MakePlan(session, DictWith({"w", "n", "fine"}));
  EXPECT_THAT(Lines(plan), ElementsAre("mismatched w", "mismatched n", "matched fine"));
  EXPECT_EQ(plan.acceptable.reason(), Reason::kMismatch);
  EXPECT_EQ(plan.acceptable.message(),
            "'w': float32[2] in the checkpoint, float32[4] in the session; "
            "'n': float32[2] in the checkpoint, int32[2] in the session");
}

TEST(RestorePlanTest, TheSameElementsInAnotherShapeAreAMismatch) {
  std::vector<float> w(2);
  MemorySession session;
  ASSERT_TRUE(session.Add("w", w, {1, 2}).ok());
  EXPECT_EQ(MakePlan(session, DictWith({"w"})).acceptable.reason(), Reason::kMismatch);
}

// A session with dimensions that are not known yet, as an engine has and a program's arrays have
// not.
class UnknownShapes final : public Session {
 public:
  explicit UnknownShapes(std::vector<int64_t> dims)
      : variables_{{"w", DType::kFloat32, std::move(dims), {}}} {}
  std::span<const Variable> variables() const override { return variables_; }
  Result<std::unique_ptr<Assignment>> Begin(std::span<const NewValue>) override {
    return Status(Reason::kUnsupported, "only planned for");
  }
  Result<TensorDict> Snapshot(std::span<const VariableId>) override { return TensorDict(); }

 private:
  std::vector<Variable> variables_;
};

TEST(RestorePlanTest, AnUnknownDimensionTakesAny) {
  EXPECT_TRUE(MakePlan(UnknownShapes({-1}), DictWith({"w"})).acceptable.ok());
  EXPECT_EQ(MakePlan(UnknownShapes({-1, 2}), DictWith({"w"})).acceptable.reason(),
            Reason::kMismatch);
}

struct Nothing {
  const char* what;
  std::initializer_list<std::string> variables;
  std::vector<std::string> ignore;
  const char* message;
};

TEST(RestorePlanTest, NothingToRestoreIsAnErrorForACheckpointOnly) {
  for (const Nothing& row :
       {Nothing{"no variables", {}, {}, "the session has no variables"},
        Nothing{"other names", {"x", "y"}, {}, "2 are not in the checkpoint and 0 are ignored"},
        Nothing{
            "all ignored", {"w", "y"}, {"w"}, "1 are not in the checkpoint and 1 are ignored"}}) {
    const TwoFloats session(row.variables);
    const RestorePlan plan = MakePlan(session, DictWith({"w"}), {.ignore = row.ignore});
    EXPECT_EQ(plan.acceptable.reason(), Reason::kMissing) << row.what;
    EXPECT_THAT(std::string(plan.acceptable.message()), HasSubstr(row.message)) << row.what;
    EXPECT_TRUE(MakePlan(session, DictWith({"w"}), {.ignore = row.ignore, .nothing = Policy::kWarn})
                    .acceptable.ok())
        << row.what;
  }
}

TEST(RestorePlanTest, BookkeepingIsNeverWarnedOf) {
  const TensorDict dict = DictWith({"w", "_CHECKPOINTABLE_OBJECT_GRAPH", "_CAIRN_RUN_STATE"});
  const RestorePlan plan = MakePlan(TwoFloats({"w"}), dict);
  EXPECT_THAT(Lines(plan), ElementsAre("matched w", "ignored _CAIRN_RUN_STATE",
                                       "ignored _CHECKPOINTABLE_OBJECT_GRAPH"));
  EXPECT_THAT(plan.warnings, IsEmpty());
}

TEST(RestorePlanTest, WarningsForACheckpointLeaveTrainingStateOut) {
  const TwoFloats session({"w", "z", "w/Adam", "a", "EMA/x"});
  const RestorePlan plan = MakePlan(session, DictWith({"w", "y", "w/Momentum", "b:0"}));
  EXPECT_THAT(plan.warnings, ElementsAre("in the session, but not in the checkpoint: z, a",
                                         "in the checkpoint, but not restored: b, y"));
  EXPECT_THAT(Lines(plan), ElementsAre("matched w", "missing z", "training_state w/Adam",
                                       "missing a", "training_state EMA/x", "unexpected b:0",
                                       "training_state w/Momentum", "unexpected y"));
}

TEST(RestorePlanTest, WarningsForADictAreSortedAndNameItsTrainingState) {
  const TwoFloats session({"w", "z", "w/Adam", "a"});
  const RestorePlan plan =
      MakePlan(session, DictWith({"w", "y", "w/Momentum"}), {.origin = Origin::kDict});
  EXPECT_THAT(plan.warnings, ElementsAre("in the session, but not in the dict: a, z",
                                         "in the dict, but not restored: w/Momentum, y"));
}

TEST(RestorePlanTest, MissingNamesGetSuggestionsFromWhatNobodyAskedFor) {
  const TwoFloats session({"net/conv1/W", "conv2/weights", "w"});
  const RestorePlan plan = MakePlan(session, DictWith({"conv1/W", "conv2/weight", "w", "w/Adam"}));
  EXPECT_THAT(plan.items[0].did_you_mean, ElementsAre("conv1/W"));
  EXPECT_THAT(plan.items[1].did_you_mean, ElementsAre("conv2/weight"));
  const RestorePlan none = MakePlan(TwoFloats({"Conv/W"}), DictWith({"conv/W"}));
  EXPECT_EQ(none.acceptable.hint(), "for 'Conv/W': did you mean 'conv/W'?");
}

// One float32[2] in a file, without a checksum.
class UnprotectedTable final : public TensorTable {
 public:
  size_t size() const override { return 1; }
  TensorInfo info(size_t /*i*/) const override { return {"w", DType::kFloat32, kDims, 8}; }
  Result<std::shared_ptr<const TensorSource>> source(size_t /*i*/) const override {
    return Status(Reason::kUnsupported, "never read by a plan");
  }
  std::optional<StoredAt> stored_at(size_t /*i*/) const override {
    return StoredAt{"f", 0, 0, 8, std::nullopt};
  }

 private:
  static constexpr int64_t kDims[] = {2};
};

TEST(RestorePlanTest, ChecksumsCanBeRequired) {
  const TensorDict dict(std::make_shared<UnprotectedTable>());
  RestoreRules rules;
  EXPECT_TRUE(MakePlan(TwoFloats({"w"}), dict, rules).acceptable.ok());
  rules.require_checksums = true;
  const Status status = MakePlan(TwoFloats({"w"}), dict, rules).acceptable;
  EXPECT_EQ(status.reason(), Reason::kNoChecksum);
  EXPECT_EQ(status.message(), "f: tensor 'w': has no checksum: nothing proves its bytes");
  EXPECT_TRUE(MakePlan(TwoFloats({"w"}), DictWith({"w"}), rules).acceptable.ok());
  EXPECT_TRUE(MakePlan(TwoFloats({"w", "v"}), DictWith({"v"}), rules).acceptable.ok());
}

TEST(RestorePlanTest, NamesFromFilesAreEscaped) {
  const RestorePlan plan = MakePlan(TwoFloats({"w"}), DictWith({"w", "evil\nname\x1b"}));
  EXPECT_THAT(plan.warnings, ElementsAre("in the checkpoint, but not restored: evil\\nname\\x1b"));
  EXPECT_THAT(plan.ToString(), HasSubstr("evil\\nname\\x1b"));
  EXPECT_THAT(plan.ToString(), Not(HasSubstr("\x1b")));
}

TEST(RestorePlanTest, ForPeople) {
  std::vector<float> w(2), longer(3), fresh(2);
  MemorySession session;
  ASSERT_TRUE(session.Add("w", w, {2}).ok());
  ASSERT_TRUE(session.Add("longer", longer, {3}).ok());
  ASSERT_TRUE(session.Add("new", fresh, {2}).ok());
  const RestorePlan plan =
      MakePlan(session, DictWith({"w", "longer", "step", "off"}), {.ignore = {"off"}});
  EXPECT_EQ(
      plan.ToString(),
      "matched         w       float32[2]\n"
      "mismatched      longer  float32[2] in the checkpoint, float32[3] in the session\n"
      "missing         new     float32[2]\n"
      "ignored         off     float32[2]\n"
      "unexpected      step    float32[2]\n"
      "1 matched, 1 missing, 1 unexpected, 1 ignored, 1 mismatched\n"
      "warning: in the session, but not in the checkpoint: new\n"
      "warning: in the checkpoint, but not restored: off, step\n"
      "cannot be applied: 'longer': float32[2] in the checkpoint, float32[3] in the session\n");
}

TEST(RestorePlanTest, NothingAtAllForPeople) {
  EXPECT_EQ(MakePlan(MemorySession(), TensorDict(), DictRestore::DictRules()).ToString(),
            "no variables, no entries\n");
}

}  // namespace
}  // namespace cairn
