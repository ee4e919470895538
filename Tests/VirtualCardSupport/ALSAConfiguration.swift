import Glibc
import Synchronization

/// This process's own ALSA configuration: the system's, and the PCMs that tests define.
///
/// Nothing of the user's own is read. alsa-lib looks at the file before each opening, so PCMs can
/// be added at any time; a process started from here takes the same file from its environment.
public enum ALSAConfiguration {
  private struct Pieces {
    var texts: [String: String] = [:]
    var generation = 0
  }

  private static let pieces = Mutex(Pieces())

  /// The file, which `ALSA_CONFIG_PATH` names from the first use of it on.
  public static let path: String = {
    let path = "\(PlugIn.temporaryFolder)/hush-asound-\(getpid()).conf"
    setenv("ALSA_CONFIG_PATH", path, 1)
    atexit { unlink("\(PlugIn.temporaryFolder)/hush-asound-\(getpid()).conf") }
    return path
  }()

  /// Adds a piece of configuration, or puts it in the place of one with the same key.
  public static func set(_ text: String, for key: String) {
    pieces.withLock { pieces in
      pieces.texts[key] = text
      write(&pieces)
    }
  }

  public static func remove(_ key: String) {
    pieces.withLock { pieces in
      pieces.texts[key] = nil
      write(&pieces)
    }
  }

  private static func write(_ pieces: inout Pieces) {
    pieces.generation += 1
    let body = pieces.texts.sorted { $0.key < $1.key }.map(\.value).joined(separator: "\n")
    let text = "</usr/share/alsa/alsa.conf>\n\(body)\n"
    let draft = "\(path).new"
    let descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    precondition(descriptor >= 0, "cannot make \(draft)")
    let bytes = Array(text.utf8)
    precondition(Glibc.write(descriptor, bytes, bytes.count) == bytes.count)
    // alsa-lib knows a changed file by its inode and by the second of its change, and inodes are
    // used again: so each version gets a second of its own.
    let second = timespec(tv_sec: 1_000_000_000 + pieces.generation, tv_nsec: 0)
    futimens(descriptor, [second, second])
    close(descriptor)
    rename(draft, path)
  }
}
