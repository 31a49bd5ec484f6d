// The functions of TensorFlow's C interface that Cairn calls. They are declared here, and looked up
// by name in the library when it is opened, so that Cairn is built without TensorFlow.
//
// The types of elements are the numbers of DType; an output that is a reference has 100 more.
#ifndef CAIRN_ENGINES_TENSORFLOW_C_API_H_
#define CAIRN_ENGINES_TENSORFLOW_C_API_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "cairn/core/status.h"

namespace cairn::tensorflow {

// NOLINTBEGIN(readability-identifier-naming): the names are TensorFlow's.

// Only TensorFlow knows what is in these.
struct TF_Graph;
struct TF_ImportGraphDefOptions;
struct TF_Library;
struct TF_Operation;
struct TF_Session;
struct TF_SessionOptions;
struct TF_Status;
struct TF_Tensor;

struct TF_Buffer {
  const void* data;
  size_t length;
  void (*data_deallocator)(void* data, size_t length);
};

struct TF_Output {
  TF_Operation* oper;
  int index;
};

// An element of a tensor of strings. Only the functions TF_String… know what is in it.
struct alignas(8) TF_TString {
  std::byte opaque[24];
};

// X(result, name, parameters)
#define CAIRN_TENSORFLOW_FUNCTIONS(X)                                                         \
  X(const char*, TF_Version, ())                                                              \
  X(TF_Library*, TF_LoadLibrary, (const char* path, TF_Status*))                              \
  X(void, TF_DeleteLibraryHandle, (TF_Library*))                                              \
  X(TF_Buffer*, TF_GetAllOpList, ())                                                          \
  X(void, TF_DeleteBuffer, (TF_Buffer*))                                                      \
                                                                                              \
  X(TF_Status*, TF_NewStatus, ())                                                             \
  X(void, TF_DeleteStatus, (TF_Status*))                                                      \
  X(int, TF_GetCode, (const TF_Status*))                                                      \
  X(const char*, TF_Message, (const TF_Status*))                                              \
                                                                                              \
  X(TF_Graph*, TF_NewGraph, ())                                                               \
  X(void, TF_DeleteGraph, (TF_Graph*))                                                        \
  X(TF_ImportGraphDefOptions*, TF_NewImportGraphDefOptions, ())                               \
  X(void, TF_DeleteImportGraphDefOptions, (TF_ImportGraphDefOptions*))                        \
  X(void, TF_GraphImportGraphDef,                                                             \
    (TF_Graph*, const TF_Buffer* graph_def, const TF_ImportGraphDefOptions*, TF_Status*))     \
  X(TF_Operation*, TF_GraphOperationByName, (TF_Graph*, const char* name))                    \
  X(int, TF_OperationNumOutputs, (TF_Operation*))                                             \
  X(int, TF_OperationOutputType, (TF_Output))                                                 \
                                                                                              \
  X(TF_SessionOptions*, TF_NewSessionOptions, ())                                             \
  X(void, TF_DeleteSessionOptions, (TF_SessionOptions*))                                      \
  X(void, TF_SetConfig, (TF_SessionOptions*, const void* proto, size_t length, TF_Status*))   \
  X(TF_Session*, TF_NewSession, (TF_Graph*, const TF_SessionOptions*, TF_Status*))            \
  X(void, TF_CloseSession, (TF_Session*, TF_Status*))                                         \
  X(void, TF_DeleteSession, (TF_Session*, TF_Status*))                                        \
  X(void, TF_SessionRun,                                                                      \
    (TF_Session*, const TF_Buffer* run_options, const TF_Output* inputs,                      \
     TF_Tensor* const* input_values, int num_inputs, const TF_Output* outputs,                \
     TF_Tensor** output_values, int num_outputs, const TF_Operation* const* targets,          \
     int num_targets, TF_Buffer* run_metadata, TF_Status*))                                   \
                                                                                              \
  X(TF_Tensor*, TF_AllocateTensor, (int dtype, const int64_t* dims, int rank, size_t nbytes)) \
  X(TF_Tensor*, TF_NewTensor,                                                                 \
    (int dtype, const int64_t* dims, int rank, void* data, size_t nbytes,                     \
     void (*deallocator)(void* data, size_t nbytes, void* argument), void* argument))         \
  X(void, TF_DeleteTensor, (TF_Tensor*))                                                      \
  X(void*, TF_TensorData, (const TF_Tensor*))                                                 \
  X(size_t, TF_TensorByteSize, (const TF_Tensor*))                                            \
  X(int, TF_TensorType, (const TF_Tensor*))                                                   \
  X(int, TF_NumDims, (const TF_Tensor*))                                                      \
  X(int64_t, TF_Dim, (const TF_Tensor*, int index))                                           \
                                                                                              \
  X(void, TF_StringInit, (TF_TString*))                                                       \
  X(void, TF_StringAssignView, (TF_TString*, const char* data, size_t nbytes))                \
  X(const char*, TF_StringGetDataPointer, (const TF_TString*))                                \
  X(size_t, TF_StringGetSize, (const TF_TString*))

struct CApi {
#define CAIRN_DECLARE_FUNCTION(result, name, parameters) result(*name) parameters = nullptr;
  CAIRN_TENSORFLOW_FUNCTIONS(CAIRN_DECLARE_FUNCTION)
#undef CAIRN_DECLARE_FUNCTION
};

// NOLINTEND(readability-identifier-naming)

// Looks up every function in an opened library, whose path is `path`. Errors: kVersion (the library
// lacks some: the message names them).
Result<std::shared_ptr<const CApi>> FindFunctions(void* library, const std::string& path);

// Owns what TensorFlow made, and deletes it with TensorFlow's own function.
template <typename T>
using Owned = std::unique_ptr<T, void (*)(T*)>;

// Returns the error that a call left in `status`, in TensorFlow's own words and in one line:
// kEngine.
Status ErrorIn(const CApi& api, const TF_Status& status);

// Calls `call(TF_Status*)` and returns the error that it leaves. Each call has a status of its own:
// some functions do nothing where the status holds an older error.
template <typename Call>
Status Checked(const CApi& api, Call call) {
  const Owned<TF_Status> status(api.TF_NewStatus(), api.TF_DeleteStatus);
  call(status.get());
  return ErrorIn(api, *status);
}

}  // namespace cairn::tensorflow

#endif  // CAIRN_ENGINES_TENSORFLOW_C_API_H_
