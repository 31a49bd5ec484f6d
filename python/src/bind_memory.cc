#include <nanobind/nanobind.h>

#include <new>

#include "cairn/transfer/arena.h"
#include "python/src/bindings.h"
#include "python/src/memory.h"

namespace cairn::python {
namespace {

namespace nb = nanobind;

// Larger values get huge pages.
constexpr uint64_t kSmallNbytes = uint64_t{1} << 20;
constexpr std::align_val_t kAlignment{64};

// The buffer protocol: how numpy sees the bytes.
int GetBuffer(PyObject* self, Py_buffer* view, int flags) {
  const auto* const memory = nb::inst_ptr<Memory>(self);
  return PyBuffer_FillInfo(view, self, memory->data, static_cast<Py_ssize_t>(memory->size),
                           memory->is_writable ? 0 : 1, flags);
}

PyType_Slot kMemorySlots[] = {{Py_bf_getbuffer, reinterpret_cast<void*>(GetBuffer)}, {0, nullptr}};

}  // namespace

Result<Memory> MakeMemory(uint64_t nbytes) {
  if (nbytes >= kSmallNbytes) {
    CAIRN_ASSIGN_OR_RETURN(std::shared_ptr<Arena> arena, Arena::Make(nbytes));
    const MutableBytes bytes = arena->bytes();
    return Memory{std::move(arena), bytes.data(), bytes.size(), true};
  }
  void* const data = ::operator new(nbytes, kAlignment, std::nothrow);
  if (data == nullptr)
    return Status(Reason::kNoMemory, "cannot allocate " + std::to_string(nbytes) + " bytes");
  std::shared_ptr<void> owner(data, [](void* memory) { ::operator delete(memory, kAlignment); });
  return Memory{std::move(owner), static_cast<std::byte*>(data), nbytes, true};
}

Memory ReadOnlyMemory(std::shared_ptr<const void> owner, Bytes bytes) {
  // The buffer protocol has one type of address, and a flag that forbids writing.
  return {std::move(owner), const_cast<std::byte*>(bytes.data()), bytes.size(), false};
}

void BindMemory(nb::module_& module) {
  nb::class_<Memory>(module, "Memory", nb::type_slots(kMemorySlots),
                     "Bytes of a file or of memory, which arrays of numpy show without a copy.")
      .def("__len__", [](const Memory& memory) { return memory.size; });
}

}  // namespace cairn::python
