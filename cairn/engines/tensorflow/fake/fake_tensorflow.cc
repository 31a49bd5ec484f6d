// A library that offers the functions of TensorFlow that Cairn calls, for tests without TensorFlow.
//
// A graph is not a GraphDef but text, one command in a line:
//   node NAME          the graph has a node of this name
//   fail TEXT          the import fails
//   abort TEXT         the import prints TEXT, and aborts
//   hang               the import does not end
// The name of a node begins with what the node does. When they are run, "fail" fails, "abort"
// aborts, "hang" does not end, "babble" prints on standard error without end, and "eat" takes all
// memory that there is. "strings" returns "a" and "", "odd" returns a tensor of a type that nobody
// knows, and "resource" has a handle. Others return what is fed to them, or else the int32 42.
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <new>
#include <sstream>
#include <string>
#include <type_traits>
#include <vector>

#include "cairn/engines/tensorflow/c_api.h"

#ifndef FAKE_VERSION
#define FAKE_VERSION "2.21.0"
#endif
#ifndef FAKE_ANSWER
#define FAKE_ANSWER 42
#endif

// NOLINTBEGIN(readability-identifier-naming): the names are TensorFlow's.
namespace cairn::tensorflow {
namespace {

constexpr int kInt32 = 3;
constexpr int kString = 7;
constexpr int kResource = 20;
constexpr int kOdd = 77;
constexpr size_t kMostMemory = 1'000'000'000;

// Objects that were made and not yet deleted.
std::atomic<int64_t> live_objects = 0;

struct Counted {
  Counted() { ++live_objects; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  ~Counted() { --live_objects; }
};

[[noreturn]] void Hang() {
  while (true) ::pause();
}

[[noreturn]] void Abort(const std::string& text) {
  std::fprintf(stderr, "F fake_tensorflow.cc:1] Check failed: %s\n", text.c_str());
  std::abort();
}

// Behaves as a kernel that needs more memory than there is, and is not ready for that.
[[noreturn]] void EatMemory() {
  std::vector<std::unique_ptr<char[]>> eaten;
  while (true) {
    constexpr size_t kPiece = size_t{64} << 20;
    eaten.push_back(std::make_unique<char[]>(kPiece));
  }
}

}  // namespace

#define FAKE extern "C" __attribute__((visibility("default")))

struct TF_Status : Counted {
  int code = 0;
  std::string message;
};
struct TF_Operation {
  std::string name;
  int type;
};
struct TF_Graph : Counted {
  std::map<std::string, TF_Operation> nodes;
};
struct TF_ImportGraphDefOptions : Counted {};
struct TF_Library : Counted {};
struct TF_SessionOptions : Counted {};
struct TF_Session : Counted {};

// Is what this library keeps in a TF_TString.
struct View {
  const char* data;
  size_t size;
};

struct TF_Tensor : Counted {
  int type = 0;
  std::vector<int64_t> dims;
  std::shared_ptr<void> data;  // tensors may share it
  size_t nbytes = 0;
};

namespace {

void Fail(TF_Status* status, int code, const std::string& message) {
  status->code = code;
  status->message = message;
}

void SetView(TF_TString* text, View view) { std::memcpy(text->opaque, &view, sizeof view); }
View ViewOf(const TF_TString* text) {
  View view;
  std::memcpy(&view, text->opaque, sizeof view);
  return view;
}

int TypeOf(const std::string& name) {
  if (name.starts_with("strings")) return kString;
  if (name.starts_with("resource")) return kResource;
  return kInt32;
}

TF_Tensor* MakeTensor(int type, const int64_t* dims, int rank, size_t nbytes) {
  auto* tensor = new TF_Tensor;
  tensor->type = type;
  tensor->dims.assign(dims, dims + rank);
  tensor->nbytes = nbytes;
  if (nbytes <= kMostMemory)
    tensor->data.reset(std::aligned_alloc(64, (nbytes + 64) / 64 * 64), std::free);
  return tensor;
}

// The value of `tensor` again, where it lies.
TF_Tensor* Share(const TF_Tensor& tensor) {
  auto* shared = new TF_Tensor;
  shared->type = tensor.type;
  shared->dims = tensor.dims;
  shared->data = tensor.data;
  shared->nbytes = tensor.nbytes;
  return shared;
}

TF_Tensor* TwoStrings() {
  const int64_t two = 2;
  TF_Tensor* tensor = MakeTensor(kString, &two, 1, 2 * sizeof(TF_TString));
  auto* elements = static_cast<TF_TString*>(tensor->data.get());
  SetView(&elements[0], {"a", 1});
  SetView(&elements[1], {"", 0});
  return tensor;
}

TF_Tensor* Answer() {
  TF_Tensor* tensor = MakeTensor(kInt32, nullptr, 0, sizeof(int32_t));
  const int32_t value = FAKE_ANSWER;
  std::memcpy(tensor->data.get(), &value, sizeof value);
  return tensor;
}

// Does what the run of a node does besides making its value.
void RunNode(const TF_Operation& node, TF_Status* status) {
  if (node.name.starts_with("abort")) Abort("run of " + node.name);
  if (node.name.starts_with("hang")) Hang();
  if (node.name.starts_with("eat")) EatMemory();
  while (node.name.starts_with("babble")) std::fputs("more\n", stderr);
  if (node.name.starts_with("fail"))
    Fail(status, 3, "node " + node.name + "\nfailed, as it was told to");
}

}  // namespace

// For the tests: how many objects are alive.
FAKE int64_t FakeLiveObjects() { return live_objects; }

FAKE const char* TF_Version() { return FAKE_VERSION; }

FAKE TF_Library* TF_LoadLibrary(const char* path, TF_Status* status) {
  if (std::strstr(path, "good") != nullptr) return new TF_Library;
  Fail(status, 5, std::string(path) + ": undefined symbol: x");
  return nullptr;
}
FAKE void TF_DeleteLibraryHandle(TF_Library* library) { delete library; }

// OpList of "Add" and "Const".
FAKE TF_Buffer* TF_GetAllOpList() {
  static const char list[] =
      "\x0a\x05\x0a\x03"
      "Add"
      "\x0a\x07\x0a\x05"
      "Const";
  ++live_objects;
  return new TF_Buffer{list, sizeof list - 1, nullptr};
}
FAKE void TF_DeleteBuffer(TF_Buffer* buffer) {
  --live_objects;
  delete buffer;
}

FAKE TF_Status* TF_NewStatus() { return new TF_Status; }
FAKE void TF_DeleteStatus(TF_Status* status) { delete status; }
FAKE int TF_GetCode(const TF_Status* status) { return status->code; }
FAKE const char* TF_Message(const TF_Status* status) { return status->message.c_str(); }

FAKE TF_Graph* TF_NewGraph() { return new TF_Graph; }
FAKE void TF_DeleteGraph(TF_Graph* graph) { delete graph; }
FAKE TF_ImportGraphDefOptions* TF_NewImportGraphDefOptions() {
  return new TF_ImportGraphDefOptions;
}
FAKE void TF_DeleteImportGraphDefOptions(TF_ImportGraphDefOptions* options) { delete options; }

FAKE void TF_GraphImportGraphDef(TF_Graph* graph, const TF_Buffer* buffer,
                                 const TF_ImportGraphDefOptions*, TF_Status* status) {
  const std::string text(static_cast<const char*>(buffer->data), buffer->length);
  // The graph that every TensorFlow is tried with is a real one.
  const std::string check = "cairn_self_check";
  if (text.find(check) != std::string::npos) graph->nodes[check] = {check, kInt32};
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const std::string command = line.substr(0, line.find(' '));
    const std::string rest = line.substr(std::min(line.size(), command.size() + 1));
    if (command == "node") graph->nodes[rest] = {rest, TypeOf(rest)};
    if (command == "fail") Fail(status, 3, rest);
    if (command == "abort") Abort(rest);
    if (command == "hang") Hang();
  }
}

FAKE TF_Operation* TF_GraphOperationByName(TF_Graph* graph, const char* name) {
  const auto found = graph->nodes.find(name);
  return found == graph->nodes.end() ? nullptr : &found->second;
}
FAKE int TF_OperationNumOutputs(TF_Operation*) { return 1; }
FAKE int TF_OperationOutputType(TF_Output output) { return output.oper->type; }

FAKE TF_SessionOptions* TF_NewSessionOptions() { return new TF_SessionOptions; }
FAKE void TF_DeleteSessionOptions(TF_SessionOptions* options) { delete options; }
FAKE void TF_SetConfig(TF_SessionOptions*, const void*, size_t, TF_Status*) {}
FAKE TF_Session* TF_NewSession(TF_Graph*, const TF_SessionOptions*, TF_Status*) {
  return new TF_Session;
}
FAKE void TF_CloseSession(TF_Session*, TF_Status*) {}
FAKE void TF_DeleteSession(TF_Session* session, TF_Status*) { delete session; }

FAKE void TF_SessionRun(TF_Session*, const TF_Buffer*, const TF_Output* inputs,
                        TF_Tensor* const* values, int num_inputs, const TF_Output* outputs,
                        TF_Tensor** fetched, int num_outputs, const TF_Operation* const* targets,
                        int num_targets, TF_Buffer*, TF_Status* status) {
  // TensorFlow does not run where the status holds an error of a call before.
  if (status->code != 0) return;
  for (int i = 0; i < num_targets; ++i) RunNode(*targets[i], status);
  if (num_targets + num_outputs == 0)
    Fail(status, 3, "Must specify at least one target to fetch or execute.");
  for (int i = 0; i < num_outputs; ++i) {
    const TF_Operation& node = *outputs[i].oper;
    RunNode(node, status);
    if (status->code != 0) return;
    if (node.type == kString) fetched[i] = TwoStrings();
    for (int k = 0; k < num_inputs; ++k)
      if (inputs[k].oper == &node) fetched[i] = Share(*values[k]);
    if (fetched[i] == nullptr) fetched[i] = Answer();
    if (node.name.starts_with("odd")) fetched[i]->type = kOdd;
  }
}

FAKE TF_Tensor* TF_AllocateTensor(int type, const int64_t* dims, int rank, size_t nbytes) {
  return MakeTensor(type, dims, rank, nbytes);
}
FAKE TF_Tensor* TF_NewTensor(int type, const int64_t* dims, int rank, void* data, size_t nbytes,
                             void (*deallocator)(void*, size_t, void*), void* argument) {
  auto* tensor = new TF_Tensor;
  tensor->type = type;
  tensor->dims.assign(dims, dims + rank);
  tensor->nbytes = nbytes;
  tensor->data.reset(data, [=](void* last) { deallocator(last, nbytes, argument); });
  return tensor;
}
FAKE void TF_DeleteTensor(TF_Tensor* tensor) { delete tensor; }
FAKE void* TF_TensorData(const TF_Tensor* tensor) { return tensor->data.get(); }
FAKE size_t TF_TensorByteSize(const TF_Tensor* tensor) { return tensor->nbytes; }
FAKE int TF_TensorType(const TF_Tensor* tensor) { return tensor->type; }
FAKE int TF_NumDims(const TF_Tensor* tensor) { return static_cast<int>(tensor->dims.size()); }
FAKE int64_t TF_Dim(const TF_Tensor* tensor, int index) {
  return tensor->dims[static_cast<size_t>(index)];
}

#ifndef FAKE_WITHOUT_STRINGS
FAKE void TF_StringInit(TF_TString* text) { SetView(text, {nullptr, 0}); }
FAKE void TF_StringAssignView(TF_TString* text, const char* data, size_t size) {
  SetView(text, {data, size});
}
FAKE const char* TF_StringGetDataPointer(const TF_TString* text) { return ViewOf(text).data; }
FAKE size_t TF_StringGetSize(const TF_TString* text) { return ViewOf(text).size; }

// They are what Cairn takes them for.
#define CHECK_TYPE(result, name, parameters) \
  static_assert(std::is_same_v<decltype(&name), decltype(CApi::name)>);
CAIRN_TENSORFLOW_FUNCTIONS(CHECK_TYPE)
#endif

}  // namespace cairn::tensorflow
// NOLINTEND(readability-identifier-naming)
