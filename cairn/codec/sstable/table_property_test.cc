// Tests properties that hold for any entries.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>

#include "cairn/codec/sstable/table_reader.h"
#include "cairn/codec/sstable/table_writer.h"
#include "cairn/testing/table_bytes.h"

namespace cairn::sstable {
namespace {

// Few different bytes, so that keys share beginnings, and bytes that separators stumble over.
rc::Gen<std::string> AnyKey() {
  return rc::gen::container<std::string>(
      rc::gen::element('\0', '\1', 'a', 'b', '\x7f', '\x80', '\xfe', '\xff'));
}

rc::Gen<std::map<std::string, std::string>> AnyEntries() {
  return rc::gen::container<std::map<std::string, std::string>>(AnyKey(),
                                                                rc::gen::arbitrary<std::string>());
}

RC_GTEST_PROP(TableProperty, WhatIsWrittenIsReadBack, ()) {
  const auto entries = *AnyEntries();
  const size_t block_nbytes = *rc::gen::inRange<size_t>(1, 200);
  TableWriter writer(block_nbytes);
  for (const auto& [key, value] : entries) RC_ASSERT(writer.Add(key, value).ok());
  const auto access = *rc::gen::element(Access::kMap, Access::kRead);
  const auto table = TableReader::Open(OpenBytes(writer.Finish(), access));
  RC_ASSERT(table.ok());
  std::map<std::string, std::string> back;
  RC_ASSERT(table
                ->ForEach([&](std::string_view key, Bytes value) -> Status {
                  back.emplace(key, AsText(value));
                  return {};
                })
                .ok());
  RC_ASSERT(back == entries);
}

RC_GTEST_PROP(TableProperty, KeysThatDoNotIncreaseAreRefusedAndChangeNothing, ()) {
  const auto entries = *rc::gen::nonEmpty(AnyEntries());
  const auto bad = *AnyKey();
  TableWriter plain;
  TableWriter provoked;
  for (const auto& [key, value] : entries) {
    RC_ASSERT(plain.Add(key, value).ok());
    RC_ASSERT(provoked.Add(key, value).ok());
    if (bad <= key) {
      const Reason expected = bad == key ? Reason::kDuplicate : Reason::kOrder;
      RC_ASSERT(provoked.Add(bad, "x").reason() == expected);
    }
  }
  RC_ASSERT(plain.Finish() == provoked.Finish());
}

RC_GTEST_PROP(TableProperty, AnyBytesAreAnAnswer, ()) {
  std::string bytes = MakeTable({{"", *rc::gen::arbitrary<std::string>()}, {"a", "1"}, {"b", "2"}},
                                *rc::gen::inRange<size_t>(1, 4));
  const auto changes = *rc::gen::container<std::vector<std::pair<size_t, char>>>(
      rc::gen::pair(rc::gen::inRange<size_t>(0, bytes.size()), rc::gen::arbitrary<char>()));
  for (const auto& [at, byte] : changes) bytes[at] = byte;
  if (*rc::gen::arbitrary<bool>()) SealTable(bytes);
  const auto table = TableReader::Open(OpenBytes(bytes));
  if (!table.ok()) return;
  (void)table->ForEach([](std::string_view, Bytes) -> Status { return {}; });
}

}  // namespace
}  // namespace cairn::sstable
