// How Python's collector of garbage looks into objects of the library that hold objects of Python.
#ifndef CAIRN_PYTHON_COLLECT_GARBAGE_H_
#define CAIRN_PYTHON_COLLECT_GARBAGE_H_

#include <nanobind/nanobind.h>

namespace cairn::python {

// T has `template <typename Visit> void VisitObjects(Visit visit)`, which calls visit(object) for
// each nanobind::object that it holds, and `void ClearObjects()`, which lets them go.
template <typename T>
struct GarbageSlots {
  static int Traverse(PyObject* self, visitproc visit, void* arg) {
    // The type of an object is one of its references.
    if (const int stop = visit(reinterpret_cast<PyObject*>(Py_TYPE(self)), arg)) return stop;
    if (!nanobind::inst_ready(self)) return 0;
    int stop = 0;
    nanobind::inst_ptr<T>(self)->VisitObjects([&](nanobind::handle object) {
      if (stop == 0 && object.is_valid()) stop = visit(object.ptr(), arg);
    });
    return stop;
  }

  static int Clear(PyObject* self) {
    nanobind::inst_ptr<T>(self)->ClearObjects();
    return 0;
  }

  inline static PyType_Slot slots[] = {{Py_tp_traverse, reinterpret_cast<void*>(Traverse)},
                                       {Py_tp_clear, reinterpret_cast<void*>(Clear)},
                                       {0, nullptr}};
};

}  // namespace cairn::python

#endif  // CAIRN_PYTHON_COLLECT_GARBAGE_H_
