import Glibc

/// Runs what opens sound devices: ALSA's plug-ins write to standard error as they like, each their
/// own words, and what matters of it is in the errors that are thrown.
func hushed<Result>(_ body: () -> Result) -> Result {
  let saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3)
  let nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC)
  if saved >= 0, nowhere >= 0 { dup2(nowhere, STDERR_FILENO) }
  defer {
    if saved >= 0, nowhere >= 0 { dup2(saved, STDERR_FILENO) }
    close(saved)
    close(nowhere)
  }
  return body()
}
