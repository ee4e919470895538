import Glibc
import Synchronization

/// The temporary files of this process that are not in their place yet. Making, renaming and
/// removing them is under one lock, so a signal finds each either listed or done with.
enum Unfinished {
  private static let paths = Mutex<Set<String>>([])

  /// A new file at `path` to write and read, or -1 and the `errno`.
  static func create(_ path: String) -> (descriptor: Int32, number: Int32) {
    paths.withLock { paths in
      let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
      guard descriptor >= 0 else { return (-1, errno) }
      paths.insert(path)
      return (descriptor, 0)
    }
  }

  /// Renames, and when that fails removes `path`; 0 or the `errno`.
  static func rename(_ path: String, to target: String, replacing: Bool) -> Int32 {
    paths.withLock { paths in
      paths.remove(path)
      if !replacing {
        // A link fails where the name is taken; a rename would replace the other file.
        if link(path, target) == 0 {
          unlink(path)
          return 0
        }
        if errno == EEXIST || access(target, F_OK) == 0 {
          unlink(path)
          return EEXIST
        }
      }
      // Some file systems have no links.
      if Glibc.rename(path, target) == 0 { return 0 }
      let number = errno
      unlink(path)
      return number
    }
  }

  static func remove(_ path: String) {
    paths.withLock { paths in
      if paths.remove(path) != nil { unlink(path) }
    }
  }

  static func removeAll(then end: () -> Void) {
    paths.withLock { paths in
      for path in paths { unlink(path) }
      paths.removeAll()
      end()
    }
  }
}
