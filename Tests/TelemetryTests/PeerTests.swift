import Glibc
import Testing

@testable import Telemetry

@Suite struct PeerTests {
  @Test func theKernelSaysWhoItIs() throws {
    var ends: [Int32] = [0, 0]
    try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
    defer { for end in ends { close(end) } }
    let peer = try #require(Peer(ends[0]))
    #expect(peer.process == getpid())
    #expect(peer.user == geteuid())
    #expect(peer.group == getegid())
    let count = getgroups(0, nil)
    var own = [gid_t](repeating: 0, count: Int(count))
    getgroups(count, &own)
    #expect(Set(own) == Set(Peer.groups(ends[0])))
  }

  @Test func rootTheOwnUserAndTheGroupMayControl() {
    let other = geteuid() + 1000
    #expect(Peer(process: 1, user: 0, group: 3).mayControl(7, supplementary: []))
    #expect(Peer(process: 1, user: geteuid(), group: 3).mayControl(7, supplementary: []))
    #expect(Peer(process: 1, user: other, group: 7).mayControl(7, supplementary: []))
    #expect(Peer(process: 1, user: other, group: 3).mayControl(7, supplementary: [3, 7]))
    #expect(!Peer(process: 1, user: other, group: 3).mayControl(7, supplementary: [3, 8]))
  }
}
