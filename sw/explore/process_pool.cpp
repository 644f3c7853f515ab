// SPDX-License-Identifier: Apache-2.0
//
// Signals are blocked and waited for with sigtimedwait, so that there is no handler and no race
// between "a child has ended" and "go to sleep".
#include "sw/explore/process_pool.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <deque>
#include <fstream>
#include <map>
#include <system_error>

namespace cvp {
namespace {

using Clock = std::chrono::steady_clock;

// SIGCHLD, SIGINT and SIGTERM for this scope; `unblocked` is what children start with.
class BlockedSignals {
 public:
  BlockedSignals() {
    sigemptyset(&set_);
    for (const int signal : {SIGCHLD, SIGINT, SIGTERM}) sigaddset(&set_, signal);
    sigprocmask(SIG_BLOCK, &set_, &before_);
  }
  ~BlockedSignals() { sigprocmask(SIG_SETMASK, &before_, nullptr); }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;

  const sigset_t& unblocked() const { return before_; }
  /// True when the user wants to stop.
  bool wait(std::chrono::milliseconds time) const {
    const timespec limit{0, std::chrono::nanoseconds(time).count()};
    const int signal = sigtimedwait(&set_, nullptr, &limit);
    return signal == SIGINT || signal == SIGTERM;
  }

 private:
  sigset_t set_, before_;
};

[[noreturn]] void become(const ProcessJob& job, char* const* arguments, const sigset_t& signals,
                         pid_t parent) {
  setpgid(0, 0);  // Ctrl-C reaches us only; we end the children in order.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);
  const int null = open("/dev/null", O_RDONLY);
  const int log = open(job.log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
  if (null < 0 || log < 0 || dup2(null, 0) < 0 || dup2(log, 1) < 0 || dup2(log, 2) < 0) _exit(127);
  sigprocmask(SIG_SETMASK, &signals, nullptr);
  signal(SIGINT, SIG_DFL);
  execv(arguments[0], arguments);
  const char* const what = std::strerror(errno);
  if (write(2, what, std::strlen(what)) < 0) _exit(126);
  _exit(127);
}

pid_t start(const ProcessJob& job, const sigset_t& signals) {
  std::vector<char*> arguments;
  for (const std::string& each : job.command) arguments.push_back(const_cast<char*>(each.c_str()));
  arguments.push_back(nullptr);
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child < 0) throw std::system_error(errno, std::generic_category(), "cannot start a process");
  if (child == 0) become(job, arguments.data(), signals, parent);
  setpgid(child, child);  // Here too: whoever comes first.
  return child;
}

class Pool {
 public:
  Pool(const std::vector<ProcessJob>& jobs, const PoolEvents& events)
      : jobs_(jobs), events_(events) {
    for (std::size_t n = 0; n < jobs.size(); ++n) waiting_.push_back(n);
  }
  ~Pool() { stop(); }

  bool run(unsigned parallel) {
    for (;;) {
      while (!waiting_.empty() && running_.size() < std::max(1U, parallel)) start_next();
      if (running_.empty()) return true;
      if (signals_.wait(std::chrono::milliseconds(200))) {
        reap();
        stop();
        return false;
      }
      reap();
      if (events_.tick) events_.tick();
    }
  }

 private:
  struct Child {
    std::size_t job;
    Clock::time_point since;
  };

  void start_next() {
    const std::size_t job = waiting_.front();
    waiting_.pop_front();
    running_[start(jobs_[job], signals_.unblocked())] = {job, Clock::now()};
    if (events_.started) events_.started(job);
  }

  void reap() {
    for (auto at = running_.begin(); at != running_.end();) {
      int status = 0;
      if (waitpid(at->first, &status, WNOHANG) != at->first) {
        ++at;
        continue;
      }
      const Child child = at->second;
      at = running_.erase(at);
      const double wall = std::chrono::duration<double>(Clock::now() - child.since).count();
      const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
      if (events_.ended) events_.ended(child.job, {code, wall});
    }
  }

  // First gently, so that half-written files are removed; who does not go in time is killed.
  void stop() {
    for (const int signal : {SIGINT, SIGKILL}) {
      for (const auto& [pid, child] : running_) kill(-pid, signal);
      const auto limit = Clock::now() + std::chrono::seconds(signal == SIGINT ? 3 : 60);
      while (!running_.empty() && Clock::now() < limit) {
        for (auto at = running_.begin(); at != running_.end();) {
          at = waitpid(at->first, nullptr, WNOHANG) != 0 ? running_.erase(at) : std::next(at);
        }
        if (!running_.empty()) usleep(10'000);
      }
    }
  }

  const std::vector<ProcessJob>& jobs_;
  const PoolEvents& events_;
  const BlockedSignals signals_;
  std::deque<std::size_t> waiting_;
  std::map<pid_t, Child> running_;
};

}  // namespace

bool run_processes(const std::vector<ProcessJob>& jobs, unsigned parallel,
                   const PoolEvents& events) {
  return Pool(jobs, events).run(parallel);
}

std::vector<std::string> last_lines(const std::string& file, std::size_t count) {
  std::ifstream stream(file);
  std::deque<std::string> lines;
  for (std::string line; std::getline(stream, line);) {
    while (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.empty()) continue;
    lines.push_back(line);
    if (lines.size() > count) lines.pop_front();
  }
  return {lines.begin(), lines.end()};
}

}  // namespace cvp
