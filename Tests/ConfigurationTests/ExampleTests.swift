import Foundation
import Pipeline
import Testing

@testable import Configuration

/// The files in Config/ are what they say.
@Suite struct ExampleTests {
  static let folder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Config")

  static func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

  /// Written by `make example`; this fails when the table of keys has changed since.
  @Test func annotatedExampleIsOfTheTable() throws {
    let text = try String(contentsOfFile: ExampleTests.path("hushd.yaml"), encoding: .utf8)
    #expect(text == Annotated(try Configuration(path: nil)).description)
  }

  @Test func annotatedExampleIsTheDefaults() throws {
    let configuration = try Configuration(path: ExampleTests.path("hushd.yaml"))
    #expect(configuration.settings == DaemonSettings())
    // All of them are there, not only those that were not forgotten.
    #expect(configuration.entries.count == Key.all.count)
  }

  @Test(arguments: Key.all.map(\.name)) func annotatedExampleExplains(_ name: String) throws {
    let key = try #require(Key.named[name])
    let text = try String(contentsOfFile: ExampleTests.path("hushd.yaml"), encoding: .utf8)
    // As one line, since comments are wrapped.
    let words = text.split { $0 == " " || $0 == "\n" }.filter { $0 != "#" }.joined(separator: " ")
    #expect(words.contains(key.description))
    #expect(words.contains("Default: \(key.defaultText)."))
    #expect(words.contains(key.kind.expectation.dropFirst(1)))
  }

  /// What is printed of any configuration reads back as the same.
  @Test func printedReadsBack() throws {
    for name in ["usb-headphones.yaml", "record-to-flac.yaml", "virtual-microphone/hushd.yaml"] {
      let configuration = try Configuration(path: ExampleTests.path(name))
      let printed = Annotated(configuration).description
      let again = try Configuration(text: printed, path: "printed")
      #expect(again.settings == configuration.settings)
    }
  }

  @Test func everyRecipeIsGood() throws {
    let all = FileManager.default.enumerator(atPath: ExampleTests.folder.path)
    let names = (all?.compactMap { $0 as? String } ?? []).filter { $0.hasSuffix(".yaml") }
    #expect(names.count >= 6)
    let readme = try String(contentsOfFile: ExampleTests.path("README.md"), encoding: .utf8)
    for name in names {
      let configuration = try Configuration(path: ExampleTests.path(name))
      #expect(name == "hushd.yaml" || configuration.settings != DaemonSettings(), "\(name)")
      #expect(readme.contains(name.split(separator: "/").first ?? ""), "\(name)")
    }
  }

  @Test func recorder() throws {
    let settings = try Configuration(path: ExampleTests.path("record-to-flac.yaml")).settings
    #expect(
      settings.settings.output.sink
        == .file(
          path: "/var/lib/hushd/%Y%m%d-%H%M%S.flac", format: "24",
          rotation: .init(seconds: 3600, megabytes: nil, keep: 168)))
  }

  /// The ends of the loopback card have to fit: hushd plays what dsnoop opens.
  @Test func virtualMicrophoneFits() throws {
    let settings = try Configuration(path: ExampleTests.path("virtual-microphone/hushd.yaml"))
    guard case .device(let device) = settings.settings.settings.output.sink else {
      Issue.record("plays on no device")
      return
    }
    let asound = try String(
      contentsOfFile: ExampleTests.path("virtual-microphone/asound.conf"), encoding: .utf8)
    #expect(device.name == "hw:CARD=Hush,DEV=0")
    #expect(asound.contains("hw:CARD=Hush,DEV=1"))
    #expect(asound.contains("rate \(try #require(device.rate))"))
    #expect(asound.contains("channels \(try #require(device.channels))"))
    #expect(device.format == .s16 && asound.contains("S16_LE"))
    #expect(asound.contains("period_size \(try #require(device.period))"))
    let modprobe = try String(
      contentsOfFile: ExampleTests.path("virtual-microphone/modprobe.conf"), encoding: .utf8)
    #expect(modprobe.contains("snd-aloop id=Hush"))
  }
}
