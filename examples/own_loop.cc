// Saving and resuming in a loop that is not Cairn's. Run it again: it goes on where it was.
//   own_loop DIRECTORY
#include <cstdio>
#include <random>

#include "cairn/io/file_system.h"
#include "cairn/session/memory_session.h"
#include "cairn/train/model_saver.h"
#include "cairn/train/resume.h"

cairn::Status Run(const std::string& directory) {
  cairn::FileSystem& fs = cairn::LocalFileSystem();
  std::vector<float> weights(4);
  std::mt19937 random(1);

  cairn::MemorySession session;
  CAIRN_RETURN_IF_ERROR(session.Add("weights", weights, {2, 2}));
  cairn::RunComponents components;
  components.AddGenerator("random", random);
  CAIRN_ASSIGN_OR_RETURN(const cairn::Resumed resumed,
                         cairn::Resume(fs, directory, session, components));
  std::fputs(resumed.ToString().c_str(), stdout);

  cairn::ModelSaver saver(fs, directory, session, components, {.retention = {.max_to_keep = 3}});
  for (int64_t step = resumed.position.step + 1; step <= resumed.position.step + 20; ++step) {
    for (float& weight : weights) weight += 1e-10f * static_cast<float>(random());
    if (step % 5 == 0) CAIRN_RETURN_IF_ERROR(saver.Save({.step = step}).status());
  }
  return {};
}

int main(int argc, char** argv) {
  const cairn::Status status = Run(argc > 1 ? argv[1] : "own_loop_run");
  if (!status.ok()) std::fprintf(stderr, "error: %s\n", std::string(status.message()).c_str());
  if (!status.hint().empty())
    std::fprintf(stderr, "hint: %s\n", std::string(status.hint()).c_str());
  return status.ok() ? 0 : 1;
}
