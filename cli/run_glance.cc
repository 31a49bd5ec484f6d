#include "cli/run_glance.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "cairn/io/path.h"
#include "cairn/state/checkpoint_files.h"
#include "cairn/state/file_checkpoints.h"
#include "cairn/state/resume_choice.h"
#include "cairn/state/state_file.h"
#include "cli/run_failures.h"
#include "cli/run_report.h"

namespace cairn::cli {
namespace {

constexpr size_t kMaxFailures = 20;
constexpr size_t kMaxSaves = 16;

// When each checkpoint that the state file lists was saved, by the name that it has there.
std::map<std::string, double, std::less<>> TimesOfStateFile(FileSystem& fs,
                                                            const std::string& directory) {
  std::map<std::string, double, std::less<>> times;
  const Result<StateFile> state = ReadStateFile(fs, directory);
  if (!state.ok()) return times;
  for (size_t i = 0; i < state->timestamps.size(); ++i) {
    if (std::isfinite(state->timestamps[i]))
      times[std::string(BaseName(state->all[i]))] = state->timestamps[i];
  }
  return times;
}

// When the checkpoints that are like the newest were saved, by step. Of a step that is there twice,
// such as the copy of a best one, the first.
std::map<int64_t, double> TimesOfSaves(FileSystem& fs, const RunDirectory& run,
                                       const RunCheckpoint& newest) {
  constexpr double kNsPerSecond = 1e9;
  const auto listed = TimesOfStateFile(fs, run.path);
  std::map<int64_t, double> times;
  for (const RunCheckpoint& checkpoint : run.checkpoints) {
    const bool is_alike = checkpoint.has_run_state == newest.has_run_state;
    if (!is_alike || !checkpoint.step || *checkpoint.step > newest.step) continue;
    const auto found = listed.find(SavedForm(checkpoint.name));
    const double time = found != listed.end()
                            ? found->second
                            : static_cast<double>(checkpoint.modified_ns) / kNsPerSecond;
    const auto [place, is_new] = times.emplace(*checkpoint.step, time);
    if (!is_new) place->second = std::min(place->second, time);
  }
  return times;
}

std::optional<size_t> FindByName(const RunDirectory& run, const std::string& name) {
  const auto found = std::ranges::find(run.checkpoints, name, &RunCheckpoint::name);
  if (found == run.checkpoints.end()) return std::nullopt;
  return static_cast<size_t>(found - run.checkpoints.begin());
}

// Whether it is known that nobody writes. Otherwise a save may be under way, whose files look like
// those of one that did not finish.
bool IsAtRest(const RunWriter& writer) {
  return writer.state == RunWriter::State::kEnded || writer.state == RunWriter::State::kGone;
}

std::vector<std::string> DamageOf(const RunGlance& glance) {
  std::vector<std::string> damage;
  for (const RunCheckpoint& checkpoint : glance.run.checkpoints) {
    if (checkpoint.complete.ok()) continue;
    damage.push_back(ShownName(checkpoint.name) + ": " + checkpoint.complete.ToString());
  }
  const Status resume = ChooseComplete(glance.run).point.status();
  if (!resume.ok() && glance.run.checkpoints.empty()) damage.emplace_back(resume.message());
  if (IsAtRest(glance.writer))
    damage.insert(damage.end(), glance.run.notes.begin(), glance.run.notes.end());
  else if (!glance.run.state_note.empty())
    damage.push_back(glance.run.state_note);
  if (!glance.statistics.trouble.empty()) damage.push_back(glance.statistics.trouble);
  return damage;
}

}  // namespace

Result<std::vector<RunWatcher::FileMark>> RunWatcher::MarkFiles() const {
  FileSystem& fs = LocalFileSystem();
  CAIRN_ASSIGN_OR_RETURN(const std::vector<std::string> names, fs.List(directory_));
  std::vector<FileMark> marks;
  for (const std::string& name : names) {
    const Result<FileInfo> info = fs.StatName(JoinPath(directory_, name));
    if (info.ok()) marks.push_back({name, info->id, info->size, info->modified_ns});
  }
  return marks;
}

// Forgets the run that was there where another directory has its name now.
Status RunWatcher::EnterDirectory() {
  CAIRN_ASSIGN_OR_RETURN(const FileInfo info, LocalFileSystem().Stat(directory_));
  if (directory_id_ == info.id) return {};
  directory_id_ = info.id;
  files_.clear();
  saved_at_.clear();
  glance_ = {};
  return {};
}

// The newest and the one saved before it, which may be removed by now.
void RunWatcher::FindPace() {
  const RunCheckpoint* const newest = glance_.newest_checkpoint();
  if (newest == nullptr || !newest->step) return;
  for (const auto& [step, time] : TimesOfSaves(LocalFileSystem(), glance_.run, *newest))
    saved_at_[step] = time;
  // A run that was resumed from an earlier step saves the later ones again.
  saved_at_.erase(saved_at_.upper_bound(*newest->step), saved_at_.end());
  while (saved_at_.size() > kMaxSaves) saved_at_.erase(saved_at_.begin());
  const auto last = std::prev(saved_at_.end());
  glance_.saved_at = last->second;
  if (last == saved_at_.begin()) return;
  const auto before = std::prev(last);
  const double seconds = last->second - before->second;
  const auto num_steps = static_cast<double>(last->first - before->first);
  if (seconds > 0) glance_.pace = {seconds, num_steps / seconds};
}

Status RunWatcher::Scan() {
  FileSystem& fs = LocalFileSystem();
  glance_ = {};
  CAIRN_ASSIGN_OR_RETURN(glance_.run, ScanRunDirectory(fs, directory_));
  const ResumeChoice choice = ChooseComplete(glance_.run);
  if (choice.point.ok() && choice.point->name)
    glance_.newest = FindByName(glance_.run, *choice.point->name);
  if (const RunCheckpoint* newest = glance_.newest_checkpoint();
      newest != nullptr && newest->has_run_state) {
    CAIRN_ASSIGN_OR_RETURN(glance_.run_state, ReadStateOf(fs, glance_.run, newest->name));
  }
  FindPace();
  for (const RunCheckpoint& checkpoint : glance_.run.checkpoints)
    glance_.nbytes += checkpoint.nbytes;
  glance_.statistics = ReadStatistics(fs, directory_);
  auto failures = ReadFailures(fs, directory_, kMaxFailures);
  if (failures.ok())
    glance_.failures = *std::move(failures);
  else
    glance_.failures.emplace_back(failures.status().message());
  return {};
}

// Scans the directory if one of its files changed since the last scan.
Status RunWatcher::LookAtFiles() {
  CAIRN_RETURN_IF_ERROR(EnterDirectory());
  CAIRN_ASSIGN_OR_RETURN(std::vector<FileMark> files, MarkFiles());
  if (files == files_) return {};
  Status scanned = Scan();
  // A live run removed a file in this moment.
  constexpr std::array kPassing = {Reason::kGone, Reason::kMissing, Reason::kChanged};
  if (std::ranges::find(kPassing, scanned.reason()) != std::end(kPassing)) scanned = Scan();
  CAIRN_RETURN_IF_ERROR(scanned);
  files_ = std::move(files);
  return {};
}

RunGlance RunWatcher::Look() {
  FileSystem& fs = LocalFileSystem();
  if (const Status looked = LookAtFiles(); !looked.ok()) {
    files_.clear();  // it is scanned as soon as it can be
    glance_ = {.trouble = looked};
    return glance_;
  }
  glance_.writer = ReadRunWriter(fs, directory_);
  if (const auto free = fs.GetFreeSpace(directory_); free.ok()) glance_.free_nbytes = free->nbytes;
  glance_.damage = DamageOf(glance_);
  return glance_;
}

}  // namespace cairn::cli
