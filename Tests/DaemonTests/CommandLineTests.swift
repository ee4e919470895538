import Foundation
import Testing

/// What the command says and returns without running.
@Suite struct CommandLineTests {
  private func run(_ arguments: String..., environment: [String: String] = [:]) throws
    -> (status: Int32, output: String, errors: [String])
  {
    let process = try HushdProcess(arguments, environment: environment)
    let status = process.wait()
    return (status, process.output, process.errors)
  }

  private func file(_ text: String) throws -> String {
    let path = NSTemporaryDirectory() + "hushd-\(UUID().uuidString).yaml"
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    return path
  }

  @Test func checkOfAGoodFile() throws {
    let path = try file("denoise: {strength: 6}")
    defer { unlink(path) }
    let result = try run("--config", path, "--check")
    #expect(result.status == 0)
    #expect(result.output == "\(path): good\n")
    #expect(result.errors.isEmpty)
  }

  @Test func missingDeviceIsANote() throws {
    let path = try file("capture: {device: \"hw:CARD=NoSuchCard\"}")
    defer { unlink(path) }
    let result = try run("--config", path, "--check")
    #expect(result.status == 0)
    #expect(
      result.errors == [
        "note: capture.device: there is no sound card 'NoSuchCard' now; hushd would wait for it"
      ])
  }

  @Test func mistakeInAFile() throws {
    let path = try file("# all of it\nlatency:\n  target: 12\n")
    defer { unlink(path) }
    for arguments in [["--check"], [], ["--print-config"]] {
      let process = try HushdProcess(["--config", path] + arguments)
      #expect(process.wait() == 78)
      #expect(process.output.isEmpty)
      #expect(
        process.errors == [
          "\(path):3: latency.target: 12 ms is out of range; give 15 to 2000 ms, or leave it out "
            + "for the least the devices take"
        ])
    }
  }

  @Test func exitCodes() throws {
    let good = try file("log: {level: info}")
    defer { unlink(good) }
    func code(_ arguments: String..., environment: [String: String] = [:]) throws -> Int32 {
      let process = try HushdProcess(
        ["--config", good, "--check"] + arguments, environment: environment)
      let status = process.wait()
      #expect(status == 0 || process.errors.count == 1, "\(process.errors)")
      return status
    }
    #expect(try code() == 0)
    #expect(try code("--strength", "loud") == 64)
    #expect(try code("--set", "denoise") == 64)
    #expect(try code("--set", "denoise.model=/proc/self/status") == 65)
    #expect(try code("--set", "denoise.model=/nowhere") == 66)
    #expect(try code("--set", "output.type=file", "--set", "output.path=/nowhere/a.wav") == 73)
    #expect(try code(environment: ["HUSHD_LOG_LEVEL": "loud"]) == 78)
    #expect(try run("--config", "/nowhere.yaml", "--check").status == 78)
    #expect(try run("--confg", "x").status == 64)
  }

  @Test func printedConfigurationIsInForce() throws {
    let path = try file("denoise: {strength: 6}")
    defer { unlink(path) }
    let printed = try run(
      "--config", path, "--bypass", "--print-config", environment: ["HUSHD_LOG_LEVEL": "debug"])
    #expect(printed.status == 0)
    let again = try file(printed.output)
    defer { unlink(again) }
    #expect(printed.output.contains("  strength: 6dB\n"))
    #expect(printed.output.contains("  bypass: yes\n"))
    #expect(printed.output.contains("  level: debug\n"))
    #expect(try run("--config", again, "--print-config").output == printed.output)
  }

  @Test func helpListsTheCodes() throws {
    let help = try run("--help")
    #expect(help.status == 0)
    for code in ["64", "65", "66", "70", "73", "74", "78"] { #expect(help.output.contains(code)) }
    #expect(try run("--version").output == "0.1.0\n")
  }
}
