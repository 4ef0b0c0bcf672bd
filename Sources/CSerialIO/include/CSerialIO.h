// What Linux offers for serial lines and child processes, and Swift's Glibc module does not.
//
// Every function returns 0 on success and an errno value on failure, unless it says otherwise.

#ifndef BOARDWALK_CSERIALIO_H
#define BOARDWALK_CSERIALIO_H

#include <poll.h>
#include <stddef.h>
#include <sys/types.h>

// Sets both directions of a terminal to any rate in bit/s (termios2, BOTHER), and leaves all
// other settings as they are.
int boardwalk_set_rate(int descriptor, unsigned int rate);

// Reads the rates in bit/s that the driver says it uses.
int boardwalk_get_rate(int descriptor, unsigned int *input, unsigned int *output);

// Asks the driver to pass bytes on at once (ASYNC_LOW_LATENCY). ENOTTY, EINVAL, EOPNOTSUPP or
// EPERM: the driver has no such setting, or this user may not change it.
int boardwalk_set_low_latency(int descriptor);

// Makes a pty: its master, without O_CLOEXEC gaps, and the name of its slave.
int boardwalk_open_pty(int non_blocking, int *master, char *name, size_t size);

// Names the calling thread, and lets its timeouts end within a microsecond or so instead of 50.
void boardwalk_prepare_line_thread(const char *name);

// A non-blocking eventfd; -1 and errno on failure.
int boardwalk_eventfd(void);

// `poll` with a timeout in nanoseconds, negative for none. Returns what `poll` returns.
int boardwalk_poll(struct pollfd *entries, unsigned int count, long long nanoseconds);

// A descriptor that becomes readable when the process ends; -1 and errno on failure.
int boardwalk_pidfd_open(pid_t pid);

// Whether a process has a handler for a signal at this moment; 0 also when there is no such process.
int boardwalk_catches(pid_t pid, int signal);

// A program to start in a session of its own.
struct boardwalk_spawn {
  const char *program;
  char *const *arguments;
  char *const *environment;
  const char *directory;
  // The terminal that becomes standard input, output and error and the controlling terminal;
  // or NULL, and then `descriptor` becomes standard input, output and error.
  const char *terminal;
  int descriptor;
};

// Which step failed.
enum boardwalk_spawn_step {
  BOARDWALK_SPAWN_FORK = 1,
  BOARDWALK_SPAWN_SESSION,
  BOARDWALK_SPAWN_DIRECTORY,
  BOARDWALK_SPAWN_TERMINAL,
  BOARDWALK_SPAWN_EXEC,
};

// Starts the program with default signal dispositions, an empty signal mask and no other
// descriptors. Only SIGINT is ignored: until MicroPython has installed its own handler, an
// interrupt byte on the line would otherwise kill the program while it starts.
int boardwalk_spawn(const struct boardwalk_spawn *spawn, pid_t *pid, int *failed_step);

#endif
