// The processes that a test has started, seen in /proc.
#ifndef CAIRN_ENGINES_TENSORFLOW_PROCESSES_FIXTURE_H_
#define CAIRN_ENGINES_TENSORFLOW_PROCESSES_FIXTURE_H_

#include <unistd.h>

#include <charconv>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace cairn::tensorflow {

struct ProcessState {
  char state = 0;  // 'Z' a zombie; 0 there is no such process
  pid_t parent = 0;
};

inline ProcessState StateOf(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/stat");
  std::string line;
  std::getline(file, line);
  // The name of the program may hold spaces; it ends with the last parenthesis.
  std::istringstream rest(line.substr(line.rfind(')') + 1));
  ProcessState state;
  rest >> state.state >> state.parent;
  return state;
}

inline std::vector<pid_t> ChildrenOfThisProcess() {
  std::vector<pid_t> children;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    pid_t process = 0;
    std::from_chars(name.data(), name.data() + name.size(), process);
    if (process > 0 && StateOf(process).parent == ::getpid()) children.push_back(process);
  }
  return children;
}

// Whether `holds` becomes true within ten seconds.
inline bool Becomes(const std::function<bool()>& holds) {
  for (int i = 0; i < 1000 && !holds(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  return holds();
}

inline bool HasEnded(pid_t process) {
  const char state = StateOf(process).state;
  return state == 0 || state == 'Z';
}

// The lines of /proc/PROCESS/FILE that hold `text`.
inline std::vector<std::string> LinesOf(pid_t process, const std::string& file,
                                        const std::string& text) {
  std::ifstream lines("/proc/" + std::to_string(process) + "/" + file);
  std::vector<std::string> found;
  for (std::string line; std::getline(lines, line);)
    if (line.find(text) != std::string::npos) found.push_back(line);
  return found;
}

}  // namespace cairn::tensorflow

#endif  // CAIRN_ENGINES_TENSORFLOW_PROCESSES_FIXTURE_H_
