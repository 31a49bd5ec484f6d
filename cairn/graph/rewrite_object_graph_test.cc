#include "cairn/graph/rewrite_object_graph.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>

#include "cairn/graph/object_graph.h"
#include "cairn/graph/object_paths.h"
#include "cairn/testing/object_graph_bytes.h"
#include "cairn/testing/row_name.h"

namespace cairn {
namespace {

using Nodes = std::vector<NodeBytes>;
using NewKeys = std::map<std::string, std::string>;

// Keys that the map does not have are left out.
NewKeyOf KeysOf(NewKeys keys) {
  return [keys = std::move(keys)](std::string_view key) -> std::optional<std::string> {
    const auto found = keys.find(std::string(key));
    if (found == keys.end()) return std::nullopt;
    return found->second;
  };
}

std::string Rewritten(const Nodes& nodes, const NewKeys& keys) {
  const auto message = RewriteObjectGraph(ObjectGraphOf(nodes), KeysOf(keys));
  EXPECT_TRUE(message.ok()) << message.status().message();
  return message.ok() ? *message : "";
}

struct Rewriting {
  const char* what;
  Nodes before;
  NewKeys keys;
  Nodes after;
};

class RewriteTest : public testing::TestWithParam<Rewriting> {};

TEST_P(RewriteTest, Gives) {
  EXPECT_EQ(Rewritten(GetParam().before, GetParam().keys), ObjectGraphOf(GetParam().after));
}

// A model of two layers, of which one has a variable that an optimizer keeps a slot for.
const Nodes kModel = {NodeBytes().Child(1, "a").Child(2, "b").Child(3, "optimizer"),
                      NodeBytes().Child(4, "w"),
                      NodeBytes().Child(5, "w"),
                      NodeBytes().Child(6, "iter").Slot(5, "m", 7),
                      NodeBytes().Value("a/w"),
                      NodeBytes().Value("b/w"),
                      NodeBytes().Value("iter"),
                      NodeBytes().Value("b/w/m")};

INSTANTIATE_TEST_SUITE_P(
    , RewriteTest,
    testing::Values(
        Rewriting{
            "a key is renamed",
            kModel,
            {{"a/w", "x"}, {"b/w", "b/w"}, {"iter", "iter"}, {"b/w/m", "b/w/m"}},
            {NodeBytes().Child(1, "a").Child(2, "b").Child(3, "optimizer"),
             NodeBytes().Child(4, "w"), NodeBytes().Child(5, "w"),
             NodeBytes().Child(6, "iter").Slot(5, "m", 7), NodeBytes().Value("x"),
             NodeBytes().Value("b/w"), NodeBytes().Value("iter"), NodeBytes().Value("b/w/m")}},
        Rewriting{"a layer is left out",
                  kModel,
                  {{"b/w", "b/w"}, {"iter", "iter"}, {"b/w/m", "b/w/m"}},
                  {NodeBytes().Child(1, "b").Child(2, "optimizer"), NodeBytes().Child(3, "w"),
                   NodeBytes().Child(4, "iter").Slot(3, "m", 5), NodeBytes().Value("b/w"),
                   NodeBytes().Value("iter"), NodeBytes().Value("b/w/m")}},
        Rewriting{"the optimizer is left out",
                  kModel,
                  {{"a/w", "a/w"}, {"b/w", "b/w"}},
                  {NodeBytes().Child(1, "a").Child(2, "b"), NodeBytes().Child(3, "w"),
                   NodeBytes().Child(4, "w"), NodeBytes().Value("a/w"), NodeBytes().Value("b/w")}},
        Rewriting{"a variable is left out and its slot variable stays",
                  kModel,
                  {{"iter", "iter"}, {"b/w/m", "b/w/m"}},
                  {NodeBytes().Child(1, "optimizer"), NodeBytes().Child(2, "iter"),
                   NodeBytes().Value("iter"), NodeBytes().Value("b/w/m")}},
        Rewriting{
            "a slot alone holds its optimizer",
            kModel,
            {{"b/w", "b/w"}, {"b/w/m", "b/w/m"}},
            {NodeBytes().Child(1, "b").Child(2, "optimizer"), NodeBytes().Child(3, "w"),
             NodeBytes().Slot(3, "m", 4), NodeBytes().Value("b/w"), NodeBytes().Value("b/w/m")}},
        Rewriting{"everything is left out", kModel, {}, {NodeBytes()}},
        Rewriting{
            "an object that was always empty stays",
            {NodeBytes().Child(1, "w").Child(2, "empty").Child(3, "x"), NodeBytes().Value("w"),
             NodeBytes(), NodeBytes().Value("x")},
            {{"w", "w"}},
            {NodeBytes().Child(1, "w").Child(2, "empty"), NodeBytes().Value("w"), NodeBytes()}},
        Rewriting{"what only a dropped object led to is dropped",
                  {NodeBytes().Child(1, "gone").Child(2, "w"),
                   NodeBytes().Child(3, "empty").Value("x"), NodeBytes().Value("w"), NodeBytes()},
                  {{"w", "w"}},
                  {NodeBytes().Child(1, "w"), NodeBytes().Value("w")}},
        Rewriting{"cycles do not hold each other",
                  {NodeBytes().Child(1, "a").Child(3, "w"), NodeBytes().Child(2, "b"),
                   NodeBytes().Child(1, "a").Value("x"), NodeBytes().Value("w").Child(0, "root")},
                  {{"w", "w"}},
                  {NodeBytes().Child(1, "w"), NodeBytes().Value("w").Child(0, "root")}},
        Rewriting{"one of two attributes",
                  {NodeBytes().Child(1, "table"), NodeBytes().Value("k", "keys").Value("v", "v")},
                  {{"v", "v"}},
                  {NodeBytes().Child(1, "table"), NodeBytes().Value("v", "v")}}),
    [](const auto& row) { return RowName(row.param.what); });

TEST(RewriteObjectGraphTest, FieldsThatNobodyKnowsStay) {
  const auto with_unknown = [](int64_t child, std::string_view key) {
    std::string reference;
    AppendMessageField(reference, 9, "in a reference");
    AppendNumberField(reference, 1, child);
    AppendMessageField(reference, 2, "w");
    std::string attribute;
    AppendMessageField(attribute, 1, "VARIABLE_VALUE");
    AppendNumberField(attribute, 4, 1);
    AppendMessageField(attribute, 3, key);
    std::string root;
    AppendNumberField(root, 77, 1234567);
    AppendMessageField(root, 1, reference);
    std::string message;
    AppendMessageField(message, 15, "before");
    AppendMessageField(message, 1, root);
    if (child == 2) AppendMessageField(message, 1, "");
    std::string variable;
    AppendMessageField(variable, 2, attribute);
    AppendMessageField(variable, 5, "\x08\x01");
    AppendMessageField(message, 1, variable);
    AppendMessageField(message, 15, "after");
    return message;
  };
  const auto renamed = RewriteObjectGraph(with_unknown(1, "old"), KeysOf({{"old", "newer"}}));
  ASSERT_TRUE(renamed.ok());
  EXPECT_EQ(*renamed, with_unknown(1, "newer"));
}

TEST(RewriteObjectGraphTest, AGraphWithoutChangesStaysToTheBit) {
  // Its numbers are longer than they need to be.
  std::string message("\x0a\x87\x80\x00\x0a\x05\x08\x80\x00\x12\x00", 11);
  ASSERT_TRUE(ObjectGraph::Parse(message).ok());
  EXPECT_EQ(RewriteObjectGraph(message, KeysOf({})).value(), message);
}

TEST(RewriteObjectGraphTest, AnObjectOfARegisteredSaverStays) {
  NodeBytes saver;
  AppendMessageField(saver.message, 4, "\x0a\x01s");
  const Nodes nodes = {NodeBytes().Child(1, "w").Child(2, "s"), NodeBytes().Value("w"), saver};
  EXPECT_EQ(Rewritten(nodes, {}), ObjectGraphOf({NodeBytes().Child(1, "s"), saver}));
}

TEST(RewriteObjectGraphTest, B20RingsAndChainsEndSoon) {
  Nodes nodes(300'000);
  NewKeys keys;
  for (size_t i = 0; i < nodes.size(); ++i) {
    nodes[i].Child(static_cast<int64_t>((i + 1) % nodes.size()), "next");
    nodes[i].Value("key" + std::to_string(i));
    nodes[i].Slot(static_cast<int64_t>(i), "self", static_cast<int64_t>(i));
  }
  const std::string message = ObjectGraphOf(nodes);
  EXPECT_EQ(ObjectGraph::Parse(RewriteObjectGraph(message, KeysOf({})).value())->num_nodes(), 1u);
  keys["key7"] = "x";
  EXPECT_EQ(ObjectGraph::Parse(RewriteObjectGraph(message, KeysOf(keys)).value())->num_nodes(),
            nodes.size());
}

struct Damage {
  const char* what;
  std::string message;
  Reason reason;
};
class DamagedRewriteTest : public testing::TestWithParam<Damage> {};

TEST_P(DamagedRewriteTest, IsRefused) {
  const Status status = RewriteObjectGraph(GetParam().message, KeysOf({})).status();
  EXPECT_EQ(ReasonWord(status.reason()), ReasonWord(GetParam().reason)) << status.message();
}

INSTANTIATE_TEST_SUITE_P(
    , DamagedRewriteTest,
    testing::Values(Damage{"no message", "text", Reason::kProto},
                    Damage{"cut", "\x0a\x05\x0a", Reason::kProto},
                    Damage{"a child that is not there", ObjectGraphOf({NodeBytes().Child(9, "x")}),
                           Reason::kGraph},
                    Damage{"a slot that is not there", ObjectGraphOf({NodeBytes().Slot(0, "m", 9)}),
                           Reason::kGraph}),
    [](const auto& row) { return RowName(row.param.what); });

enum class WithSlots : uint8_t { kNo, kYes };

// A graph of at most eight objects, of which most have tensors "0" to "7".
Nodes AnyNodes(WithSlots with_slots = WithSlots::kYes) {
  const int num_nodes = *rc::gen::inRange(1, 9);
  const auto any_node = [&] { return static_cast<int64_t>(*rc::gen::inRange(0, num_nodes)); };
  Nodes nodes(static_cast<size_t>(num_nodes));
  for (size_t i = 0; i < nodes.size(); ++i) {
    for (int child = *rc::gen::inRange(0, 3); child-- > 0;)
      nodes[i].Child(any_node(), "c" + std::to_string(child));
    if (*rc::gen::inRange(0, 3) > 0) nodes[i].Value(std::to_string(i));
    if (with_slots == WithSlots::kYes && *rc::gen::inRange(0, 4) == 0)
      nodes[i].Slot(any_node(), "m", any_node());
  }
  return nodes;
}

std::vector<std::string> KeysIn(const std::string& message) {
  const auto graph = ObjectGraph::Parse(message);
  RC_ASSERT(graph.ok());  // no reference is to a node that is not there
  std::vector<std::string> keys;
  for (uint32_t node = 0; node < graph->num_nodes(); ++node) {
    for (const auto& attribute : graph->attributes(node))
      keys.emplace_back(attribute.checkpoint_key);
  }
  return keys;
}

RC_GTEST_PROP(RewriteObjectGraphProperty, RenamingThereAndBackGivesTheSameBytes, ()) {
  const std::string message = ObjectGraphOf(AnyNodes());
  const auto there =
      RewriteObjectGraph(message, [](std::string_view key) { return "new/" + std::string(key); });
  RC_ASSERT(there.ok());
  const auto back =
      RewriteObjectGraph(*there, [](std::string_view key) { return std::string(key.substr(4)); });
  RC_ASSERT(back.ok());
  RC_ASSERT(*back == message);
}

RC_GTEST_PROP(RewriteObjectGraphProperty, NamesExactlyTheKeysThatStay, ()) {
  const std::string message = ObjectGraphOf(AnyNodes());
  const auto kept = *rc::gen::container<std::vector<bool>>(8, rc::gen::arbitrary<bool>());
  const auto stays = [&](std::string_view key) { return kept[static_cast<size_t>(key[0] - '0')]; };
  const auto rewritten = RewriteObjectGraph(message, [&](std::string_view key) {
    return stays(key) ? std::optional(std::string(key)) : std::nullopt;
  });
  RC_ASSERT(rewritten.ok());
  std::vector<std::string> wanted;
  for (const std::string& key : KeysIn(message)) {
    if (stays(key)) wanted.push_back(key);
  }
  RC_ASSERT(KeysIn(*rewritten) == wanted);
  if (wanted.empty() && !KeysIn(message).empty()) {
    RC_ASSERT(ObjectGraph::Parse(*rewritten)->num_nodes() == 1u);
  }
}

RC_GTEST_PROP(RewriteObjectGraphProperty, AnObjectThatIsReachedWithItsTensorStillIs, ()) {
  const std::string message = ObjectGraphOf(AnyNodes(WithSlots::kNo));
  const auto before = ShortPaths(ObjectGraph::Parse(message).value());
  const char left_out = static_cast<char>('0' + *rc::gen::inRange(0, 8));
  const auto rewritten =
      RewriteObjectGraph(message, [&](std::string_view key) -> std::optional<std::string> {
        return key[0] == left_out ? std::nullopt : std::optional(std::string(key));
      });
  RC_ASSERT(rewritten.ok());
  for (const auto& [key, path] : before) {
    if (key[0] == left_out) continue;
    RC_ASSERT(ShortPaths(ObjectGraph::Parse(*rewritten).value()).at(key) == path);
  }
}

}  // namespace
}  // namespace cairn
