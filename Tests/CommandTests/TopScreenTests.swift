import Testing

@testable import hush

/// What `hush top` shows, without a terminal.
@Suite struct TopScreenTests {
  private static func status(_ fixture: StatusFixture) throws -> LiveStatus {
    try LiveStatus(Array(fixture.json.utf8), from: "test")
  }

  /// Five seconds of a `hushd` at work.
  private static func picture(_ change: (inout StatusFixture) -> Void = { _ in }) throws
    -> TopScreen.Picture
  {
    var before = StatusFixture()
    change(&before)
    var after = before
    before.uptime -= 5
    before.hops -= 625
    before.work -= 0.19
    before.sideWork -= 0.05
    before.frames -= 240_000
    before.waits = before.waits.map { max(0, $0 - 625) }
    after.waits = before.waits.enumerated().map { $0.element + [0, 600, 620, 625][$0.offset] }
    var picture = TopScreen.Picture()
    picture.history.add(try status(before))
    picture.history.add(try status(after))
    picture.clock = "16:42:22"
    return picture
  }

  private func text(_ picture: TopScreen.Picture, _ columns: Int, _ rows: Int, fine: Bool = true)
    -> String
  {
    TopScreen(isFine: fine).lines(picture, TopScreen.Size(columns: columns, rows: rows))
      .map { $0.text.trimmedEnd(of: " ") }.joined(separator: "\n")
  }

  @Test func atEightyColumns() throws {
    let shown = text(try Self.picture(), 80, 24)
    Snapshots.keep(shown, "eighty")
    #expect(shown == Snapshots.eighty, "\n\(shown)\n")
  }

  /// Only where the model tells; and with hops of half the length.
  @Test func presenceAndShortHops() throws {
    let plain = try Self.picture()
    let told = try Self.picture {
      $0.presence = 0.75
      $0.hop = 4
    }
    func lines(_ picture: TopScreen.Picture) -> [Substring] {
      text(picture, 80, 30).split(separator: "\n")
    }
    #expect(!lines(plain).contains { $0.contains("presence") })
    #expect(lines(told).contains { $0.hasPrefix("presence     75.0 % █") })
    #expect(lines(plain).contains { $0.hasPrefix("R    384") && $0.contains("0.04") })
    #expect(lines(told).contains { $0.hasPrefix("R    192") && $0.contains("0.08") })
  }

  @Test func atSixtyColumnsInASCII() throws {
    let shown = text(
      try Self.picture {
        $0.health = "degraded"
        $0.problems = ["a late hop or an xrun in the last minute"]
        $0.late = 12
        $0.mute = true
      }, 60, 18, fine: false)
    Snapshots.keep(shown, "sixty")
    #expect(shown == Snapshots.sixty, "\n\(shown)\n")
  }

  @Test func helpAtEightyColumns() throws {
    var picture = try Self.picture()
    picture.showsHelp = true
    let shown = text(picture, 80, 24)
    for key in ["b ", "+ -", "m ", "r ", "q ", "QUANT", "WAIT", "BUSY", "ERR", "MARGIN"] {
      #expect(shown.contains("\n" + key), "\(key)")
    }
    #expect(shown.hasSuffix("? back  q quit"))
  }

  /// Whatever the size, nothing is wider or higher; and what matters most is the last to go.
  @Test func everySize() throws {
    var pictures = [try Self.picture(), TopScreen.Picture()]
    pictures.append(
      try Self.picture {
        $0.captureState = "waiting"
        $0.health = "waiting"
        $0.problems = [String](repeating: String(repeating: "long ", count: 60), count: 9)
        $0.captureName = String(repeating: "name", count: 40)
      })
    pictures.append(pictures[0])
    pictures[3].showsHelp = true
    pictures.append(pictures[0])
    pictures[4].trouble = "/run/hushd/control.sock: no hushd is there"
    pictures[4].note = "bypass on"
    for (number, picture) in pictures.enumerated() {
      for columns in [1, 2, 5, 12, 20, 39, 40, 41, 59, 60, 71, 72, 79, 80, 81, 109, 110, 200] {
        for rows in [1, 2, 3, 4, 5, 8, 12, 23, 24, 25, 60] {
          let lines = TopScreen().lines(picture, TopScreen.Size(columns: columns, rows: rows))
          #expect(lines.count <= rows, "\(number) \(columns)x\(rows)")
          #expect(lines.allSatisfy { $0.width <= columns }, "\(number) \(columns)x\(rows)")
          #expect(lines.first?.text.hasPrefix("h") == true)
        }
      }
    }
    let few = text(pictures[0], 80, 6)
    #expect(few.contains("strength 18 dB") && few.contains("capture") && few.contains("q quit"))
    #expect(TopScreen().lines(pictures[0], TopScreen.Size(columns: 0, rows: 0)).isEmpty)
  }

  @Test func asciiMeansASCII() throws {
    let shown = text(try Self.picture { $0.captureName = "hw:CARD=Größe" }, 80, 24, fine: false)
    #expect(shown.replacing("hw:CARD=Größe", with: "").utf8.allSatisfy { $0 < 128 })
  }

  /// Names come from outside.
  @Test func namesMoveNoCursor() throws {
    let picture = try Self.picture {
      $0.captureName = "\\u001b[31mred\\u0000\\u009b2J"
      $0.model = "模型\\u0301\\ud83d\\ude00"
      $0.problems = ["one\\ntwo\\u0007"]
    }
    for line in TopScreen().lines(picture, TopScreen.Size(columns: 120, rows: 40)) {
      for scalar in line.text.unicodeScalars {
        #expect(scalar.value >= 32 && !(127..<160).contains(scalar.value))
        #expect(scalar.value < 0x1100 || (0x2500..<0x2600).contains(scalar.value))
      }
    }
  }

  @Test func whatIsGoneIsFaint() throws {
    var picture = try Self.picture()
    picture.trouble = "/run/hushd/control.sock: no hushd is there; start it"
    let lines = TopScreen().lines(picture, TopScreen.Size(columns: 80, rows: 24))
    #expect(lines[0].text.contains(" no hushd "))
    #expect(lines.contains { $0.text.contains("no hushd is there; start it") })
    let row = try #require(lines.first { $0.text.hasSuffix("capture") })
    #expect(row.runs.allSatisfy { $0.ink == .faint })
  }

  @Test func shareOfTheLastSeconds() throws {
    let picture = try Self.picture()
    let stage = picture.history.denoise
    // 0.19 s of work in 625 hops, and half of the waits between 25 and 50 us.
    #expect(abs((stage.busy ?? 0) - 304) < 0.1)
    #expect(abs((stage.wait ?? 0) - 38.02) < 0.1)
    #expect(abs((picture.history.load("denoise") ?? 0) - 3.8) < 0.01)
    #expect(picture.history.load("none") == nil)
    // 0.05 s in 1,875 periods of 128 frames.
    #expect(abs((picture.history.capture.busy ?? 0) - 26.7) < 0.1)
    // Another daemon has other counts.
    var history = picture.history
    var anew = StatusFixture()
    (anew.uptime, anew.hops, anew.work) = (1, 100, 0.1)
    history.add(try Self.status(anew))
    #expect(history.denoise == TopHistory.Stage())
    #expect(history.load("denoise") == nil)
  }

  @Test func theWindowIsFiveSeconds() throws {
    var history = TopHistory()
    for step in 0..<100 {
      var fixture = StatusFixture()
      fixture.uptime = Double(step) * 0.2
      fixture.hops = step * 25
      // Idle, and from the tenth second on at work.
      fixture.work = Double(max(0, step - 50)) * 0.02
      history.add(try Self.status(fixture))
    }
    #expect(abs((history.load("denoise") ?? 0) - 10) < 0.01)
  }

  /// Nothing a socket says makes it trap.
  @Test func hostileFigures() throws {
    var picture = TopScreen.Picture()
    let body = StatusFixture().json
      .replacing("\"buckets\":[[40,0],[45,1445]", with: "\"buckets\":[[-1e300,9],[1e300,2]")
      .replacing("\"count\":1445000", with: "\"count\":18446744073709551615")
      .replacing("\"deadline_ms\":8", with: "\"deadline_ms\":0")
      .replacing("\"uptime_s\":11565.0", with: "\"uptime_s\":-1e300")
      .replacing("\"input_dbfs\":-31.2", with: "\"input_dbfs\":1e300")
      .replacing("\"rate\":48000", with: "\"rate\":-9223372036854775808")
      .replacing("\"period\":128", with: "\"period\":0")
      .replacing("\"cpu_s\":61.0", with: "\"cpu_s\":1e308")
    picture.history.add(try LiveStatus(Array(body.utf8), from: "test"))
    picture.history.add(try LiveStatus(Array(body.utf8), from: "test"))
    for columns in [1, 40, 80] {
      #expect(!TopScreen().lines(picture, TopScreen.Size(columns: columns, rows: 24)).isEmpty)
    }
  }

  @Test func bytesOfAScreen() throws {
    let lines = TopScreen().lines(try Self.picture(), TopScreen.Size(columns: 80, rows: 24))
    let coloured = FrameText.screen(lines, isColoured: true)
    let plain = FrameText.screen(lines, isColoured: false)
    #expect(coloured.contains("\u{1b}[32m") && coloured.contains("\u{1b}[36m"))
    #expect(!plain.contains("\u{1b}[3") && !plain.contains("\u{1b}[2m"))
    for text in [coloured, plain] {
      // Nothing is wiped before it is written anew, and no line end scrolls the last line away.
      #expect(!text.contains("[2J") && !text.hasSuffix("\n"))
      #expect(text.count { $0 == "\r\n" } == lines.count - 1)
    }
  }

  @Test func strengthGoesInSteps() {
    #expect(TopLoop.step(nil, up: true) == .some(nil))
    #expect(TopLoop.step(nil, up: false) == 36)
    #expect(TopLoop.step(36, up: true) == .some(nil))
    #expect(TopLoop.step(18, up: true) == 21 && TopLoop.step(18, up: false) == 15)
    #expect(TopLoop.step(10, up: true) == 12 && TopLoop.step(10, up: false) == 9)
    #expect(TopLoop.step(0, up: false) == 0 && TopLoop.step(100, up: false) == 99)
  }
}

extension String {
  fileprivate func trimmedEnd(of character: Character) -> String {
    var text = self[...]
    while text.last == character { text.removeLast() }
    return String(text)
  }
}
