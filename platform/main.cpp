// SPDX-License-Identifier: Apache-2.0
//
// chiplet-vp: one program, one subcommand for each thing that users do.
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <new>
#include <string>
#include <system_error>

#include <systemc>

#include "models/core/simulation_time.h"
#include "platform/command.h"
#include "sw/compiler/compile_command.h"

namespace {

std::string usage_error(const CLI::App* app, const CLI::Error& error) {
  std::string what = error.what();
  while (!app->get_subcommands().empty()) app = app->get_subcommands().front();
  if (!app->get_subcommands({}).empty()) {
    std::string commands;
    for (const CLI::App* command : app->get_subcommands({})) {
      commands += (commands.empty() ? "" : ", ") + command->get_name();
    }
    const auto words = app->remaining();
    what = (words.empty() ? "no command" : "\"" + words.front() + "\" is no command") +
           "; expected one of: " + commands;
  } else if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr) {
    const std::size_t at = what.find(": At Most 1 required but received ");
    if (at != std::string::npos)
      what.replace(at, std::string::npos, ": given twice; expected once");
  }
  return "error: " + what + "\nRun chiplet-vp --help, or COMMAND --help, for more.\n";
}

// What standard output has not taken, on a full disk, must not pass for a whole result.
int after_flush(int exit_code) {
  std::cout.flush();
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0 && std::cout.good()) return exit_code;
  std::fputs("error: standard output cannot be written\n", stderr);
  return cvp::kExitConfigError;
}

int run_program(int argc, char** argv) {
  CLI::App app{"Virtual platform of an AI chiplet package", "chiplet-vp"};
  app.footer("Example:\n  chiplet-vp describe duo\n\nEvery command has --help with an example.");
  app.require_subcommand(1);
  app.failure_message(usage_error);
  app.set_help_all_flag("--help-all", "Help of all commands");
  cvp::CommandResult result;
  cvp::add_run_command(app, result);
  cvp::add_infer_command(app, result);
  cvp::add_compile_command(app, result.exit_code);
  cvp::add_describe_command(app, result);
  cvp::add_explore_command(app, result);
  cvp::add_bench_command(app, result);
  cvp::add_hub_command(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    if (app.get_subcommands().empty() && app.remaining_size() > 0) {
      return app.exit(CLI::RequiredError("COMMAND")) == 0 ? 0 : cvp::kExitConfigError;
    }
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : cvp::kExitConfigError;
  } catch (const cvp::ConfigurationFailed& failure) {
    cvp::print_errors(failure.errors());
    return cvp::kExitConfigError;
  } catch (const cvp::ModelError& error) {
    std::fprintf(stderr, "internal error: %s\n", error.what());
    return 1;
  } catch (const std::system_error& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return cvp::kExitConfigError;
  } catch (const std::bad_alloc&) {
    std::fputs("error: out of memory\n", stderr);
    return 1;
  }
  return result.exit_code;
}

}  // namespace

// Ours, because the library's prints the kernel's banner before sc_main.
int main(int argc, char** argv) {
  setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 1);
  return sc_core::sc_elab_and_sim(argc, argv);
}

int sc_main(int argc, char** argv) {
  cvp::set_time_resolution();
  return after_flush(run_program(argc, argv));
}
