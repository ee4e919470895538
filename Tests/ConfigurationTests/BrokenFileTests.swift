import Foundation
import Testing

@testable import Configuration

/// A configuration per mistake: the first line of each file is the line it has to get.
@Suite struct BrokenFileTests {
  static let files: [URL] = {
    let folder = Bundle.module.resourceURL?.appendingPathComponent("Broken")
    let all = folder.flatMap {
      try? FileManager.default.contentsOfDirectory(at: $0, includingPropertiesForKeys: nil)
    }
    return (all ?? []).filter { $0.pathExtension == "yaml" }
      .sorted { $0.lastPathComponent < $1.lastPathComponent }
  }()

  @Test func thereAreMany() {
    #expect(BrokenFileTests.files.count >= 50)
  }

  @Test(arguments: files) func saysWhereWhatAndTheMend(_ file: URL) throws {
    let bytes = try Data(contentsOf: file)
    let first = String(decoding: bytes.prefix { $0 != 10 }, as: UTF8.self)
    let expected = first.dropFirst(2).replacing("FILE", with: file.path, maxReplacements: 1)
    let error = try #require(throws: ConfigurationError.self) {
      try Configuration(path: file.path)
    }
    #expect(error.description == expected)
    #expect(error.kind == .file)
  }
}
