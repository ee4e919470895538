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
    #expect(peer.groups.contains(getegid()))
    let count = getgroups(0, nil)
    var own = [gid_t](repeating: 0, count: Int(count))
    getgroups(count, &own)
    #expect(Set(own).isSubset(of: peer.groups))
  }

  @Test func rootTheOwnUserAndTheGroupMayControl() {
    let other = geteuid() + 1000
    #expect(Peer(process: 1, user: 0, groups: []).mayControl(7))
    #expect(Peer(process: 1, user: geteuid(), groups: []).mayControl(7))
    #expect(Peer(process: 1, user: other, groups: [3, 7]).mayControl(7))
    #expect(!Peer(process: 1, user: other, groups: [3, 8]).mayControl(7))
  }
}
