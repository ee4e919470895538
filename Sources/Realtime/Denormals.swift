import Glibc

/// Numbers under 1e-38, which a decaying filter passes through on its way to 0, and with which
/// processors compute many times more slowly.
enum Denormals {
  /// Makes the calling thread take them for 0, as operands and as results.
  ///
  /// - Returns: whether the processor says that it does.
  static func flush() -> Bool {
    var environment = fenv_t()
    guard fegetenv(&environment) == 0 else { return false }
    #if arch(x86_64) || arch(i386)
      environment.__mxcsr |= bits
    #elseif arch(arm64)
      environment.__fpcr |= bits
    #else
      return false
    #endif
    guard fesetenv(&environment) == 0 else { return false }
    return areFlushed
  }

  /// Whether the calling thread takes them for 0.
  static var areFlushed: Bool {
    var environment = fenv_t()
    guard fegetenv(&environment) == 0 else { return false }
    #if arch(x86_64) || arch(i386)
      return environment.__mxcsr & bits == bits
    #elseif arch(arm64)
      return environment.__fpcr & bits == bits
    #else
      return false
    #endif
  }

  #if arch(x86_64) || arch(i386)
    /// MXCSR: flush to zero (15), denormals are zeros (6).
    private static let bits: UInt32 = 1 << 15 | 1 << 6
  #elseif arch(arm64)
    /// FPCR: FZ (24), which is both.
    private static let bits: UInt32 = 1 << 24
  #endif
}
