import Glibc

/// Everything before the last `/`; `.` where there is none.
public func directoryName(_ path: String) -> String {
  guard let slash = path.lastIndex(of: "/") else { return "." }
  return slash == path.startIndex ? "/" : String(path[..<slash])
}

/// Everything after the last `/`.
public func fileName(_ path: String) -> String {
  guard let slash = path.lastIndex(of: "/") else { return path }
  return String(path[path.index(after: slash)...])
}

/// The file name's extension in lower case, without its dot; empty where there is none.
public func fileExtension(_ path: String) -> String {
  let name = fileName(path)
  guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return "" }
  return name[name.index(after: dot)...].lowercased()
}

/// `path` with another extension, given without its dot.
public func replacingExtension(_ path: String, with other: String) -> String {
  let old = fileExtension(path)
  return (old.isEmpty ? path : String(path.dropLast(old.count + 1))) + "." + other
}

public func joinPath(_ directory: String, _ name: String) -> String {
  directory.hasSuffix("/") ? directory + name : directory + "/" + name
}

/// The one absolute path of a file, links followed. The file itself need not be there, its
/// directory must.
public func canonicalPath(_ path: String) -> String? {
  func resolved(_ path: String) -> String? {
    guard let found = realpath(path, nil) else { return nil }
    defer { free(found) }
    return String(cString: found)
  }
  if let there = resolved(path) { return there }
  guard let directory = resolved(directoryName(path)) else { return nil }
  return joinPath(directory, fileName(path))
}

/// Reads until `bytes` is full or the file ends; the count, or -1 on an error.
func readFully(_ descriptor: Int32, _ bytes: UnsafeMutableRawBufferPointer) -> Int {
  guard let base = bytes.baseAddress else { return 0 }
  var done = 0
  while done < bytes.count {
    let n = read(descriptor, base + done, bytes.count - done)
    if n > 0 {
      done += n
    } else if n < 0 && errno == EINTR {
      continue
    } else {
      return n < 0 && done == 0 ? -1 : done
    }
  }
  return done
}
