import Glibc

/// A file that is finished or absent, never half: bytes go to a hidden temporary file in the same
/// directory, and `commit()` renames it into place.
///
/// The temporary file goes when the value goes, on `discard()`, and on
/// ``AtomicFile/removeUnfinished(then:)``, which a signal's handler calls.
public final class AtomicFile {
  public let path: String
  /// The file that is written until `commit()`.
  let temporaryPath: String
  private let target: String
  private let replacing: Bool
  private var descriptor: Int32
  /// The first error of a write, an `errno`; 0 while all is well.
  private(set) var failure: Int32 = 0

  /// Makes the temporary file beside `path`.
  ///
  /// With `replacing` an existing regular file at `path` is replaced on `commit()`, keeping its
  /// permissions; through a symbolic link the link stays and what it names is replaced. Without,
  /// an existing file is an error, now and at `commit()`.
  public init(path: String, replacing: Bool) throws(SoundFileError) {
    self.path = path
    self.replacing = replacing
    try AtomicFile.check(path: path, replacing: replacing)
    target = canonicalPath(path) ?? path
    var existing = stat()
    let exists = stat(target, &existing) == 0

    let directory = directoryName(target)
    var name = ""
    var made: Int32 = -1
    var number: Int32 = 0
    for _ in 0..<100 {
      let tag = String(UInt64.random(in: .min ... .max), radix: 36)
      name = joinPath(directory, ".hush-\(tag).part")
      (made, number) = Unfinished.create(name)
      if made >= 0 || number != EEXIST { break }
    }
    guard made >= 0 else {
      throw SoundFileError(.cannotCreate, path: path, AtomicFile.why(number, directory: directory))
    }
    temporaryPath = name
    descriptor = made
    if exists { _ = fchmod(made, existing.st_mode & 0o777) }
  }

  deinit { discard() }

  /// Says before any work whether `path` can be written, as far as that can be known without
  /// writing.
  public static func check(path: String, replacing: Bool) throws(SoundFileError) {
    if path.isEmpty {
      throw SoundFileError(.cannotCreate, path: "''", "the output has no name; give a file name")
    }
    let directory = directoryName(canonicalPath(path) ?? path)
    var information = stat()
    if stat(path, &information) == 0 {
      let type = information.st_mode & S_IFMT
      if type == S_IFDIR {
        throw SoundFileError(
          .cannotCreate, path: path,
          "is a directory; name a file in it, or use --output-dir")
      }
      if type != S_IFREG {
        throw SoundFileError(
          .cannotCreate, path: path, "is not a regular file; use - to write a stream")
      }
      if !replacing {
        throw SoundFileError(
          .cannotCreate, path: path, "is there already; use --force to replace it")
      }
    }
    var place = stat()
    guard stat(directory, &place) == 0 else {
      throw SoundFileError(.cannotCreate, path: path, why(errno, directory: directory))
    }
    guard place.st_mode & S_IFMT == S_IFDIR else {
      throw SoundFileError(.cannotCreate, path: path, why(ENOTDIR, directory: directory))
    }
    guard access(directory, W_OK | X_OK) == 0 else {
      throw SoundFileError(.cannotCreate, path: path, why(errno, directory: directory))
    }
  }

  private static func why(_ number: Int32, directory: String) -> String {
    switch number {
    case ENOENT: "the directory \(directory) is not there; make it first"
    case ENOTDIR: "\(directory) is not a directory; choose another place"
    case EACCES, EPERM, EROFS:
      "the directory \(directory) may not be written; choose another place"
    case ENOSPC, EDQUOT: "the disk is full; free some space"
    default: "cannot make a file in \(directory): \(systemMessage(number))"
    }
  }

  /// Appends bytes at the file's position.
  public func write(_ bytes: UnsafeRawBufferPointer) throws(SoundFileError) {
    let written = writeSome(bytes)
    if written < bytes.count { throw writeError() }
  }

  public func write(_ text: String) throws(SoundFileError) {
    let bytes = Array(text.utf8)
    let written = bytes.withUnsafeBytes { writeSome($0) }
    if written < bytes.count { throw writeError() }
  }

  /// How many bytes were written; fewer than asked only after a failure, which is kept: libsndfile
  /// writes its headers on closing, and says nothing when that fails.
  func writeSome(_ bytes: UnsafeRawBufferPointer) -> Int {
    guard let base = bytes.baseAddress else { return 0 }
    var done = 0
    while done < bytes.count {
      let n = Glibc.write(descriptor, base + done, bytes.count - done)
      if n > 0 {
        done += n
      } else if n < 0 && errno == EINTR {
        continue
      } else {
        if failure == 0 { failure = n < 0 ? errno : EIO }
        break
      }
    }
    return done
  }

  func read(into bytes: UnsafeMutableRawBufferPointer) -> Int {
    readFully(descriptor, bytes)
  }

  func seek(_ offset: Int64, _ whence: Int32) -> Int64 {
    Int64(lseek(descriptor, off_t(offset), whence))
  }

  var length: Int64 {
    var information = stat()
    return fstat(descriptor, &information) == 0 ? Int64(information.st_size) : -1
  }

  func writeError() -> SoundFileError {
    let reason =
      switch failure {
      case ENOSPC, EDQUOT: "the disk is full; free some space, nothing was left behind"
      case EFBIG: "the file would be larger than allowed here; nothing was left behind"
      default: "cannot write: \(systemMessage(failure)); nothing was left behind"
      }
    return SoundFileError(.io, path: path, reason)
  }

  /// Puts the file in its place, on the disk for good.
  public func commit() throws(SoundFileError) {
    guard descriptor >= 0 else { return }
    if failure == 0, fsync(descriptor) != 0, errno != EINVAL, errno != EROFS { failure = errno }
    let closed = close(descriptor)
    if failure == 0, closed != 0, errno != EINTR { failure = errno }
    descriptor = -1
    if failure != 0 {
      Unfinished.remove(temporaryPath)
      throw writeError()
    }
    let number = Unfinished.rename(temporaryPath, to: target, replacing: replacing)
    if number == EEXIST {
      throw SoundFileError(
        .cannotCreate, path: path,
        "was made by another program meanwhile; use --force to replace it")
    }
    if number != 0 {
      throw SoundFileError(.io, path: path, "cannot put in place: \(systemMessage(number))")
    }
    // The rename itself is only on the disk once the directory is.
    let directory = open(directoryName(target), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if directory >= 0 {
      _ = fsync(directory)
      _ = close(directory)
    }
  }

  /// Removes what was written; nothing after `commit()`.
  public func discard() {
    guard descriptor >= 0 else { return }
    _ = close(descriptor)
    descriptor = -1
    Unfinished.remove(temporaryPath)
  }

  /// Removes every temporary file there is, then calls `end`, during which no other is made and
  /// none is put in its place. `end` should leave the process.
  public static func removeUnfinished(then end: () -> Void) { Unfinished.removeAll(then: end) }
}
