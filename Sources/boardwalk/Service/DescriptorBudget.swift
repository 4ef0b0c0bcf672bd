import Glibc

/// The descriptors that this process may have, and how many of them are for clients.
struct DescriptorBudget {
  /// Of the process.
  let limit: Int

  /// Most clients at a time; the rest is for boards, three each, and for files, udev and the loop.
  ///
  /// Beyond some thousands, at 13 KB for a client that does nothing, memory is what ends first.
  var connections: Int { min(max(1, limit - min(max(256, limit / 4), limit / 2)), 8192) }

  /// Raises the soft limit to what the process is allowed.
  ///
  /// The usual 1024 is there for programs that use select.
  static func raised() -> DescriptorBudget {
    var limits = rlimit()
    let resource = CInt(RLIMIT_NOFILE.rawValue)
    guard getrlimit(resource, &limits) == 0 else { return DescriptorBudget(limit: 1024) }
    let soft = limits.rlim_cur
    limits.rlim_cur = min(limits.rlim_max, 1 << 20)
    let isRaised = setrlimit(resource, &limits) == 0
    return DescriptorBudget(limit: Int(clamping: isRaised ? limits.rlim_cur : soft))
  }
}
