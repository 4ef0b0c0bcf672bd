#define _GNU_SOURCE
#include "CSerialIO.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

void boardwalk_prepare_line_thread(const char *name) {
  prctl(PR_SET_NAME, name, 0, 0, 0);
  prctl(PR_SET_TIMERSLACK, 1UL, 0, 0, 0);
}

int boardwalk_eventfd(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

int boardwalk_poll(struct pollfd *entries, unsigned int count, long long nanoseconds) {
  if (nanoseconds < 0) return ppoll(entries, count, NULL, NULL);
  struct timespec time = {nanoseconds / 1000000000, nanoseconds % 1000000000};
  return ppoll(entries, count, &time, NULL);
}

int boardwalk_open_pty(int non_blocking, int *master, char *name, size_t size) {
  int opened = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | (non_blocking ? O_NONBLOCK : 0));
  if (opened < 0) return errno;
  int error = 0;
  if (grantpt(opened) != 0 || unlockpt(opened) != 0) error = errno;
  if (error == 0) error = ptsname_r(opened, name, size);
  if (error != 0) {
    close(opened);
    return error;
  }
  *master = opened;
  return 0;
}

int boardwalk_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

int boardwalk_catches(pid_t pid, int signal) {
  char text[256];
  snprintf(text, sizeof text, "/proc/%d/status", (int)pid);
  FILE *status = fopen(text, "re");
  if (status == NULL) return 0;
  unsigned long long caught = 0;
  while (fgets(text, sizeof text, status) != NULL) {
    if (sscanf(text, "SigCgt: %llx", &caught) == 1) break;
  }
  fclose(status);
  return caught >> (signal - 1) & 1;
}

// What the child tells its parent when it cannot become the program.
struct failure {
  int step;
  int error;
};

static void report(int step) {
  struct failure failure = {step, errno};
  // The pipe is empty and larger than this, so the write is whole; and nobody else can be told.
  if (write(3, &failure, sizeof failure) < 0) _exit(126);
  _exit(127);
}

// Runs between fork and exec in a process that had threads: async-signal-safe calls only.
static void become(const struct boardwalk_spawn *spawn, int report_to) {
  struct sigaction action = {.sa_handler = SIG_DFL};
  for (int signal = 1; signal < NSIG; signal++) sigaction(signal, &action, NULL);
  action.sa_handler = SIG_IGN;
  sigaction(SIGINT, &action, NULL);

  // Both may be anywhere, so they first go above what they are put on.
  int report_copy = fcntl(report_to, F_DUPFD_CLOEXEC, 4);
  int given = spawn->terminal ? -1 : fcntl(spawn->descriptor, F_DUPFD_CLOEXEC, 4);
  dup3(report_copy, 3, O_CLOEXEC);

  if (setsid() < 0) report(BOARDWALK_SPAWN_SESSION);
  if (chdir(spawn->directory) != 0) report(BOARDWALK_SPAWN_DIRECTORY);
  // The first terminal that a session leader opens becomes its controlling terminal.
  if (spawn->terminal) given = open(spawn->terminal, O_RDWR);
  if (given < 0) report(BOARDWALK_SPAWN_TERMINAL);
  for (int standard = 0; standard < 3; standard++) {
    // dup2 onto itself does nothing, which is right here: `open` sets no O_CLOEXEC.
    if (dup2(given, standard) < 0) report(BOARDWALK_SPAWN_TERMINAL);
  }
  close_range(4, ~0U, 0);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  execve(spawn->program, spawn->arguments, spawn->environment);
  report(BOARDWALK_SPAWN_EXEC);
}

int boardwalk_spawn(const struct boardwalk_spawn *spawn, pid_t *pid, int *failed_step) {
  int pipe_ends[2];
  *failed_step = BOARDWALK_SPAWN_FORK;
  if (pipe2(pipe_ends, O_CLOEXEC) != 0) return errno;

  // No handler of this process may run in the child.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pid_t child = fork();
  if (child == 0) become(spawn, pipe_ends[1]);
  int fork_error = errno;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  close(pipe_ends[1]);
  if (child < 0) {
    close(pipe_ends[0]);
    return fork_error;
  }

  struct failure failure;
  ssize_t count;
  do count = read(pipe_ends[0], &failure, sizeof failure);
  while (count < 0 && errno == EINTR);
  close(pipe_ends[0]);
  if (count == (ssize_t)sizeof failure) {
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {
    }
    *failed_step = failure.step;
    return failure.error;
  }
  *pid = child;
  return 0;
}
