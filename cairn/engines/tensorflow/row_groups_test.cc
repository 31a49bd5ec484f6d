#include "cairn/engines/tensorflow/row_groups.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cairn::tensorflow {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

void Add(std::vector<SessionVariable>& variables, size_t count, DType dtype,
         const std::vector<int64_t>& dims) {
  for (size_t i = 0; i < count; ++i) {
    SessionVariable variable;
    variable.variable = {.name = "v", .dtype = dtype, .dims = dims};
    variables.push_back(std::move(variable));
  }
}

TEST(RowGroupsTest, VariablesOfOneTypeAndShapeAreTogether) {
  std::vector<SessionVariable> variables;
  Add(variables, 8, DType::kFloat32, {2, 3});
  Add(variables, 8, DType::kFloat64, {2, 3});
  Add(variables, 1, DType::kFloat32, {2, 3});
  Add(variables, 8, DType::kFloat32, {});
  const RowGroups made = GroupRows(variables);
  ASSERT_EQ(made.groups.size(), 3u);
  EXPECT_THAT(made.groups[0].dims, ElementsAre());
  EXPECT_EQ(made.groups[0].num_rows, 8);
  EXPECT_EQ(made.groups[1].num_rows, 9);
  EXPECT_EQ(made.groups[2].dtype, DType::kFloat64);
  EXPECT_EQ(made.places[16]->group, 1u);
  EXPECT_EQ(made.places[16]->row, 8u) << "in the order of the variables";
  EXPECT_EQ(made.places[17]->row, 0u);
}

struct Alone {
  const char* what;
  size_t count;
  DType dtype;
  std::vector<int64_t> dims;
};

TEST(RowGroupsTest, OthersAreLeftAlone) {
  for (const Alone& row :
       {Alone{"few", 7, DType::kFloat32, {2}}, Alone{"large", 8, DType::kFloat32, {1025}},
        Alone{"empty", 8, DType::kFloat32, {0, 2}}, Alone{"of any size", 8, DType::kFloat32, {-1}},
        Alone{"strings", 8, DType::kString, {2}},
        Alone{"without a kernel", 8, DType::kFloat8E5M2, {2}}}) {
    std::vector<SessionVariable> variables;
    Add(variables, row.count, row.dtype, row.dims);
    const RowGroups made = GroupRows(variables);
    EXPECT_THAT(made.groups, IsEmpty()) << row.what;
    for (const auto& place : made.places) EXPECT_FALSE(place) << row.what;
  }
}

}  // namespace
}  // namespace cairn::tensorflow
