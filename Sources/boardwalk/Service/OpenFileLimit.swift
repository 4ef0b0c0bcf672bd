import Glibc

/// Raises the number of descriptors that this process may have to what it is allowed.
///
/// The usual soft limit of 1024 is there for programs that use select; each client of the event
/// stream takes a descriptor.
func raiseOpenFileLimit() {
  var limit = rlimit()
  guard getrlimit(CInt(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
  limit.rlim_cur = min(limit.rlim_max, 1 << 20)
  setrlimit(CInt(RLIMIT_NOFILE.rawValue), &limit)
}
