import Foundation
import ModelSupport
import S5
import Testing

@testable import hush

@Suite struct HelpAndModelTests {
  @Test func versionIsANumber() throws {
    let outcome = try Hush.run("--version")
    #expect(outcome.status == 0)
    #expect(outcome.text == HushCommand.version + "\n")
  }

  @Test(arguments: [
    [], ["denoise"], ["model"], ["top"], ["status"], ["set"], ["events"], ["doctor"], ["devices"],
    ["bench"],
  ]) func helpNamesTheExitCodes(command: [String]) throws {
    let outcome = try Hush.shell("$HUSH \(command.joined(separator: " ")) --help")
    #expect(outcome.status == 0)
    #expect(outcome.text.contains("EXAMPLES"))
    let expected: [hush.ExitStatus] =
      switch command.first {
      case nil: hush.ExitStatus.allCases
      case "denoise": hush.ExitStatus.ofFiles
      case "top", "status", "set", "events": hush.ExitStatus.ofLive
      default: [.ok, .usage, .internalFault]
      }
    for status in expected {
      #expect(outcome.text.contains("\n  \(status.rawValue) "), "\(status)")
    }
    // What ArgumentParser makes of the options it breaks nowhere.
    let lines = outcome.text.split(separator: "\n").filter { !$0.hasPrefix("USAGE: ") }
    #expect(lines.allSatisfy { $0.count <= 80 })
  }

  @Test func modelTableAndJSONAgree() throws {
    let table = try Hush.run("model", "small")
    #expect(table.status == 0, "\(table.errors)")
    let outcome = try Hush.run("model", "small", "--json")
    #expect(outcome.status == 0)
    let sheet = try #require(
      try JSONSerialization.jsonObject(with: outcome.output) as? [String: Any])
    let name = try #require(sheet["name"] as? String)
    let parameters = try #require(sheet["parameters"] as? Int)
    let matrices = try #require(sheet["matrices"] as? [[String: Any]])
    #expect(table.text.contains(name))
    #expect(table.text.contains("\(parameters)"))
    #expect(!matrices.isEmpty)
    for matrix in matrices {
      let name = try #require(matrix["name"] as? String)
      let nonZeros = try #require(matrix["non_zeros"] as? Int)
      let line = table.text.split(separator: "\n").first { $0.hasPrefix(name + " ") }
      #expect(line?.contains(" \(nonZeros) ") ?? false, "\(name)")
    }
  }

  @Test func aModelOfBandsIsTold() throws {
    let table = try Hush.run("model", TinyModel.bands)
    #expect(table.status == 0, "\(table.errors)")
    #expect(table.text.contains("version 3"))
    #expect(table.text.contains("608 features, width 1, 1 blocks of 1 complex states, 104 bands"))
    #expect(table.text.contains(", 96 imaginary parts, presence of speech\n"))
    #expect(table.text.contains("+log-floor+log-short+phase, 104 bands, phase of 96 bins\n"))
    let outcome = try Hush.run("model", TinyModel.bands, "--json")
    let sheet = try #require(
      try JSONSerialization.jsonObject(with: outcome.output) as? [String: Any])
    let sizes = try #require(sheet["architecture"] as? [String: Any])
    #expect(sizes["bins"] as? Int == 257 && sizes["gains"] as? Int == 104)
    #expect(sizes["turns"] as? Int == 96)
    let front = try #require(sheet["front_end"] as? [String: Any])
    #expect(front["bands"] as? Int == 104 && front["fine"] as? Int == 96)
  }

  @Test func modelsThatAreBuiltInAreListed() throws {
    let table = try Hush.run("model")
    #expect(table.status == 0, "\(table.errors)")
    let lines = table.text.split(separator: "\n")
    #expect(lines.allSatisfy { $0.count <= 100 })
    let outcome = try Hush.run("model", "--json")
    let sheet = try #require(
      try JSONSerialization.jsonObject(with: outcome.output) as? [String: Any])
    let models = try #require(sheet["models"] as? [[String: Any]])
    #expect(models.map { $0["name"] as? String } == Model.builtInNames)
    for (line, model) in zip(lines.dropFirst(), models) {
      let cells = line.split(separator: " ")
      #expect(cells[0] == (model["name"] as? String ?? "?"))
      let cost = try #require(model["multiply_adds_per_second"] as? Double)
      #expect(abs((Double(cells[1]) ?? 0) - cost / 1e6) < 0.006)
      #expect(Int(cells[2]) == model["bytes"] as? Int)
      let delay = try #require(model["delay_seconds"] as? Double)
      #expect(Double(cells[3]) == delay * 1000 && cells[4] == "ms")
      #expect(line.hasSuffix("the usual one") == (cells[0] == "base"))
    }
    let unknown = try Hush.run("model", "huge")
    #expect(unknown.status == 66)
    #expect(
      unknown.errors
        == "hush: huge: no model of that name is built in, expected "
        + "\(Model.builtInNames.joined(separator: ", ")); or give the path of a file, with a / or "
        + ".safetensors in it\n")
  }

  @Test func modelFromAFile() throws {
    let place = try Scratch()
    let missing = try Hush.run("model", place.path("none"))
    #expect(missing.status == 66)
    #expect(missing.errorLines.count == 1)
    #expect(try Hush.run("model", place.root).status == 66)
    try Data("{}".utf8).write(to: URL(fileURLWithPath: place.path("bad")))
    let bad = try Hush.run("model", place.path("bad"))
    #expect(bad.status == 65)
    #expect(bad.errorLines.count == 1)
    #expect(bad.errors.contains(place.path("bad")))
  }

  @Test func anythingJSONIsCarriedOver() throws {
    let value = JSONValue(text: #"{"b":[1,2.5,"x"],"a":{"c":true,"d":null},"e":[{"f":1}]}"#)
    let lines = value.flattened().map { "\($0.name)=\($0.value)" }
    #expect(lines == ["a.c=true", "a.d=-", "b=1, 2.5, x", "e[1].f=1"])
    #expect(JSONValue(text: "plain words") == .string("plain words"))
  }

  @Test func numbersForPeople() {
    #expect(decimals(-0.04, 1) == "0.0")
    #expect(decimals(-12.345, 2) == "-12.35" || decimals(-12.345, 2) == "-12.34")
    #expect(decimals(0.05, 2) == "0.05")
    #expect(decimals(1234, 0) == "1234")
    #expect(clockTime(0.0494) == "0:00.049")
    #expect(clockTime(36_000.5) == "10:00:00.500")
  }

  /// The bar is for terminals: not in a file or a pipe.
  @Test func progressIsOnATerminalOnly() throws {
    let place = try Scratch()
    try Sounds.write(Sounds.noisy(frames: 16_000), to: place.path("in.wav"))
    let terminal = open("/dev/ptmx", O_RDWR | O_NOCTTY)
    defer { close(terminal) }
    var (locked, number): (Int32, Int32) = (0, 0)
    // TIOCSPTLCK and TIOCGPTN: unlock the other end and ask which it is.
    try #require(ioctl(terminal, 0x4004_5431, &locked) == 0)
    try #require(ioctl(terminal, 0x8004_5430, &number) == 0)
    let name = "/dev/pts/\(number)"
    // Held open so that what was written stays readable when the program has ended.
    let held = open(name, O_RDWR | O_NOCTTY)
    defer { close(held) }
    let outcome = try Hush.shell(
      "cd '\(place.root)' && $DENOISE in.wav out.wav 2> '\(name)'")
    #expect(outcome.status == 0)
    var bytes = [UInt8](repeating: 0, count: 4096)
    var wait = pollfd(fd: terminal, events: Int16(POLLIN), revents: 0)
    try #require(poll(&wait, 1, 5000) == 1)
    let count = read(terminal, &bytes, bytes.count)
    let text = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    #expect(text.contains("%") && text.contains("["))
    let piped = try Hush.shell(
      "cd '\(place.root)' && $DENOISE in.wav out.wav --force 2>&1 >/dev/null")
    #expect(piped.output.isEmpty)
  }
}
