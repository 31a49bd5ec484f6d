#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>

#include "cairn/monitor/logger_dir.h"
#include "python/src/bindings.h"
#include "python/src/errors.h"
#include "python/src/names.h"

namespace cairn::python {
namespace {

namespace nb = nanobind;

std::unique_ptr<LoggerDir> OpenLoggerDir(nb::handle path, std::string_view action,
                                         std::vector<std::string> argv, bool on_terminal) {
  LoggerDirOptions options{.argv = std::move(argv)};
  if (!action.empty()) options.action = Value(ParseLoggerDirAction(action));
  if (!on_terminal) options.terminal = nullptr;
  const std::string directory = BytesOfPath(path);
  Result<LoggerDir> opened = [&] {
    const nb::gil_scoped_release release;
    return LoggerDir::Open(LocalFileSystem(), directory, std::move(options));
  }();
  return std::make_unique<LoggerDir>(Value(std::move(opened)));
}

template <LogLevel level>
void WriteLine(LoggerDir& directory, nb::handle line) {
  const std::string text = BytesOfName(line);
  const nb::gil_scoped_release release;
  directory.log().Write(level, text);
}

}  // namespace

void BindLoggerDir(nb::module_& module) {
  nb::class_<LoggerDir>(module, "LoggerDir", "The directory of a run, and the log in it.")
      .def_static("open", OpenLoggerDir, nb::arg("path"), nb::arg("action"), nb::arg("argv"),
                  nb::arg("on_terminal"),
                  nb::sig("def open(path: str | bytes | os.PathLike[str], action: str, argv: "
                          "collections.abc.Sequence[str], on_terminal: bool) -> LoggerDir"),
                  "Makes the directory if it does not exist, and opens its log.")
      .def_prop_ro(
          "path", [](const LoggerDir& dir) { return NameOf(dir.path()); },
          nb::sig("def path(self) -> str"))
      .def("info", WriteLine<LogLevel::kInfo>, nb::arg("line"),
           nb::sig("def info(self, line: str) -> None"))
      .def("warning", WriteLine<LogLevel::kWarning>, nb::arg("line"),
           nb::sig("def warning(self, line: str) -> None"))
      .def("error", WriteLine<LogLevel::kError>, nb::arg("line"),
           nb::sig("def error(self, line: str) -> None"));
  module.def(
      "auto_set_dir",
      [](nb::handle program, nb::handle name) {
        return NameOf(AutoSetDir(BytesOfName(program), BytesOfName(name)));
      },
      nb::arg("program"), nb::arg("name"),
      nb::sig("def auto_set_dir(program: str, name: str) -> str"),
      "Returns the usual directory of a run: train_log/PROGRAM or train_log/PROGRAM:NAME.");
}

}  // namespace cairn::python
