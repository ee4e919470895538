import Foundation
import Testing

/// `hush` and `hushd` as they are, with sound on a virtual card between them.
@Suite(.serialized, .takes) struct LiveCommandTests {
  private func process(_ arguments: [String], _ rig: LiveRig) throws -> HushdProcess {
    try HushdProcess(
      arguments, environment: ["HUSH_SOCKET": rig.socket, "LC_ALL": "C.UTF-8"],
      program: HushdProcess.folder + "/hush")
  }

  private func hush(_ arguments: [String], _ rig: LiveRig) throws -> (status: Int32, text: String) {
    let process = try process(arguments, rig)
    let status = process.wait()
    return (status, process.output + process.errors.joined(separator: "\n"))
  }

  @Test(.timeLimit(.minutes(3))) func lookedAtAndSteered() throws {
    let socket = NSTemporaryDirectory() + "hush-\(UUID().uuidString.prefix(8)).sock"
    let rig = try LiveRig(socket: socket)
    try rig.start()
    let status = try hush(["status"], rig)
    #expect([0, 1].contains(status.status), "\(status.text)")
    #expect(status.text.contains("latency 1"), "\(status.text)")
    let json = try hush(["status", "--json"], rig).text
    let members = try #require(
      try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
    #expect((members["capture"] as? [String: Any])?["name"] as? String == rig.card.captureName)

    let set = try hush(["set", "mute=on", "strength=7.5dB"], rig)
    #expect(set.status == 0)
    #expect(set.text.hasPrefix("strength 7.5 dB, bypass on, mute on, model "), "\(set.text)")
    #expect(rig.wait { rig.level() < 1e-4 })
    #expect(try hush(["set", "-q", "mute=off"], rig).status == 0)
    #expect(rig.wait { rig.level() > 0.01 })
    let refused = try hush(["set", "model=/no/such/model"], rig)
    #expect(refused.status == 65, "\(refused.text)")

    let top = try hush(["top", "--batch", "--iterations", "2", "--delay", "0.5"], rig).text
    #expect(top.contains("LATENCY") && top.contains("MARGIN") && top.contains("before"), "\(top)")
    #expect(top.contains("\nR "), "\(top)")
    #expect(top.contains(" capture") && top.contains(" output"))
    if ProcessInfo.processInfo.environment["HUSH_SHOW_TOP"] != nil { print(top) }

    let doctor = try hush(["doctor", "--trial", "0.5"], rig).text
    #expect(doctor.contains("of hushd at work: "), "\(doctor)")
    #expect(doctor.contains("capture \(rig.card.captureName): hushd has it"), "\(doctor)")

    let events = try process(["events", "--json", "--count", "1"], rig)
    try #require(rig.wait { events.output.contains("hello") })
    rig.card.isGone = true
    #expect(events.wait() == 0)
    #expect(events.output.contains("\"event\":\"lost\""), "\(events.output)")
    // And then nobody to ask.
    #expect(rig.wait { (try? hush(["status", "-q"], rig).status) == 2 })
    kill(rig.daemon.id, SIGTERM)
    _ = rig.daemon.wait()
    #expect(try hush(["status"], rig).status == 69)
  }
}
