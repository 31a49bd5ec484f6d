// cairn: one program, one verb a command.
#include <cstdio>

#include "cli/command.h"

int main(int argc, char** argv) {
  CLI::App app{"Looks into, checks and makes model checkpoints, without TensorFlow.", "cairn"};
  app.require_subcommand(1);
  int exit_code = cairn::cli::kDone;
  cairn::cli::AddLsCommand(app, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? cairn::cli::kDone : cairn::cli::kTrouble;
  }
  return exit_code;
}
