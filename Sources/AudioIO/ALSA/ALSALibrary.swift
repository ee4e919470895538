import CALSA
import Glibc

/// alsa-lib as this process uses it.
enum ALSALibrary {
  /// To be touched before the first call into alsa-lib.
  static let ready: Void = {
    // Each PCM is used by one thread at a time, so the library's own locks have nothing to guard,
    // and a real-time thread takes none. A value that was set by hand stays.
    setenv("LIBASOUND_THREAD_SAFE", "0", 0)
    hush_alsa_quiet()
  }()

  /// Runs `body` and gives, besides its result, the first message alsa-lib had meanwhile; "" for
  /// none. Nothing is printed.
  static func listening<Result>(_ body: () -> Result) -> (result: Result, words: String) {
    _ = ready
    hush_alsa_listen(1)
    let result = body()
    hush_alsa_listen(0)
    return (result, hush_alsa_heard().map { singleLine(String(cString: $0)) } ?? "")
  }

  /// alsa-lib's words for a negative error number, beginning in lower case.
  static func message(_ number: Int32) -> String {
    let text = snd_strerror(number).map { String(cString: $0) } ?? "error \(-number)"
    return text.prefix(1).lowercased() + text.dropFirst()
  }
}
