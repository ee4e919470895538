import CSndFile
import Glibc

/// A file opened for reading, behind libsndfile's callbacks, which lets errors of the system be
/// told from errors of the format.
final class FileSource {
  let descriptor: Int32
  let length: Int64
  /// The first error of a read, an `errno`; 0 while all is well.
  private(set) var failure: Int32 = 0

  init(path: String) throws(SoundFileError) {
    let opened = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard opened >= 0 else {
      let reason =
        switch errno {
        case ENOENT: "no such file; check the name"
        case ENOTDIR: "no such file: a part of the path is not a directory; check the name"
        case EACCES, EPERM: "may not be read; check its permissions"
        default: "cannot be opened: \(systemMessage(errno))"
        }
      throw SoundFileError(.noInput, path: path, reason)
    }
    var information = stat()
    let known = fstat(opened, &information) == 0
    let type = information.st_mode & S_IFMT
    let reason: String? =
      if !known {
        "cannot be looked at: \(systemMessage(errno))"
      } else if type == S_IFDIR {
        "is a directory; name the sound files in it"
      } else if type != S_IFREG {
        "is not a regular file; use - to read raw samples from a stream"
      } else {
        nil
      }
    if let reason {
      close(opened)
      throw SoundFileError(.noInput, path: path, reason)
    }
    if information.st_size == 0 {
      close(opened)
      throw SoundFileError(.badData, path: path, "is empty (0 bytes); record or copy it again")
    }
    descriptor = opened
    length = Int64(information.st_size)
  }

  deinit { close(descriptor) }

  func rewind() { _ = lseek(descriptor, 0, SEEK_SET) }

  func read(into bytes: UnsafeMutableRawBufferPointer) -> Int {
    let n = readFully(descriptor, bytes)
    if n < 0 {
      if failure == 0 { failure = errno }
      return 0
    }
    return n
  }

  /// Up to `count` bytes at `offset`, without moving the file's position.
  func bytes(at offset: Int64, count: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    let n = pread(descriptor, &bytes, count, off_t(offset))
    return Array(bytes.prefix(max(0, n)))
  }

  static var calls: SF_VIRTUAL_IO {
    SF_VIRTUAL_IO(
      get_filelen: { user in FileSource.from(user).length },
      seek: { offset, whence, user in
        sf_count_t(lseek(FileSource.from(user).descriptor, off_t(offset), whence))
      },
      read: { bytes, count, user in
        sf_count_t(
          FileSource.from(user).read(
            into: UnsafeMutableRawBufferPointer(start: bytes, count: Int(count))))
      },
      write: { _, _, _ in 0 },
      tell: { user in sf_count_t(lseek(FileSource.from(user).descriptor, 0, SEEK_CUR)) })
  }

  private static func from(_ user: UnsafeMutableRawPointer?) -> FileSource {
    guard let user else { preconditionFailure("libsndfile lost its file") }
    return Unmanaged<FileSource>.fromOpaque(user).takeUnretainedValue()
  }
}
