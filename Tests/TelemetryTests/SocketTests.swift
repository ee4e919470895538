import Glibc
import Realtime
import Telemetry
import Testing

@testable import Pipeline

/// The socket's life.
@Suite struct SocketTests {
  private let path = Stage.newPath()

  private func server(_ endpoint: Endpoint) throws -> TelemetryServer {
    TelemetryServer(
      endpoint, pipeline: try Pipeline(Settings()), feed: EventFeed(), version: "1")
  }

  private func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  private func mode(_ path: String) -> mode_t {
    var place = stat()
    return lstat(path, &place) == 0 ? place.st_mode & 0o7777 : 0
  }

  @Test func itIsThereWithItsPermissionsAndGoes() throws {
    let server = try server(Endpoint(path: path, mode: 0o600))
    try server.start()
    #expect(mode(path) == 0o600)
    #expect(Client.ask(path, "GET", "/metrics")?.status == 200)
    server.stop()
    #expect(!exists(path))
  }

  @Test func aStaleOneIsReplaced() throws {
    let address = try #require(Self.bound(path))
    close(address)
    #expect(exists(path))
    let server = try server(Endpoint(path: path))
    try server.start()
    #expect(Client.ask(path, "GET", "/status")?.status == 200)
    server.stop()
  }

  @Test func aLiveOneIsRefusedAndLeftAlone() throws {
    let first = try server(Endpoint(path: path))
    try first.start()
    let second = try server(Endpoint(path: path))
    #expect(throws: TelemetryError.self) { try second.start() }
    second.stop()
    #expect(Client.ask(path, "GET", "/status")?.status == 200)
    first.stop()
  }

  @Test func anotherFileIsLeftAlone() throws {
    close(open(path, O_CREAT | O_WRONLY, 0o600))
    defer { unlink(path) }
    let server = try server(Endpoint(path: path))
    #expect(throws: TelemetryError.self) { try server.start() }
    #expect(exists(path))
  }

  @Test func theDirectoryIsMade() throws {
    let folder = path + ".d"
    defer { rmdir(folder) }
    let server = try server(Endpoint(path: folder + "/control.sock"))
    try server.start()
    #expect(exists(folder + "/control.sock"))
    server.stop()
  }

  @Test func whatCannotBeIsSaidInALine() throws {
    for (endpoint, words) in [
      (Endpoint(path: "/nowhere/at/all.sock"), "cannot be made"),
      (Endpoint(path: path, group: "no-such-group"), "no group 'no-such-group'"),
      (Endpoint(path: "/tmp/" + String(repeating: "x", count: 200)), "107 bytes"),
    ] {
      do {
        try server(endpoint).start()
        Issue.record("\(endpoint.path) was opened")
      } catch let error as TelemetryError {
        #expect(error.description.contains(words))
        #expect(!error.description.contains("\n"))
      }
    }
  }

  private static func bound(_ path: String) -> Int32? {
    let made = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
    let isBound = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(made, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
      }
    }
    return isBound ? made : nil
  }
}
