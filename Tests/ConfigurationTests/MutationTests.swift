import AudioIO
import Foundation
import Testing

@testable import Configuration

/// Damaged configurations are read or refused in one line; nothing crashes, nothing hangs.
@Suite struct MutationTests {
  /// Repeatable.
  private struct Generator: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state ^ (state >> 29)
    }
  }

  private static let source = """
    capture: {type: alsa, device: "hw:CARD=A,DEV=0", channels: [0, 1], rate: 48 kHz}
    output:
      type: file
      path: /srv/%Y.flac
      encoding: 24
      rotate:
        seconds: 1h
        keep: 12
    denoise: &d
      strength: 18dB
      ladder: [a, b]
    # a comment
    control: {mode: 0660, socket: none}
    """

  @Test(.timeLimit(.minutes(2)), arguments: 0..<8) func damaged(_ seed: UInt64) throws {
    var generator = Generator(state: seed)
    let pieces = Array("{}[]:,#&*!|>'\"%@`-? \t\n09azé\u{0}\u{85}\u{FEFF}~.=").map { String($0) }
    var refused = 0
    for _ in 0..<250 {
      var text = Array(MutationTests.source).map { String($0) }
      for _ in 0..<Int.random(in: 1...6, using: &generator) {
        let place = Int.random(in: 0..<text.count, using: &generator)
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: text[place] = pieces.randomElement(using: &generator) ?? ""
        case 1: text.insert(pieces.randomElement(using: &generator) ?? "", at: place)
        default: text.removeSubrange(place..<min(text.count, place + 9))
        }
      }
      do {
        let configuration = try Configuration(text: text.joined(), path: "damaged.yaml")
        // What it says can be printed and read again.
        let printed = Annotated(configuration).description
        let again = try Configuration(text: printed, path: "printed.yaml")
        #expect(again.settings == configuration.settings)
      } catch {
        refused += 1
        #expect(error.description == singleLine(error.description))
        #expect(error.description.hasPrefix("damaged.yaml:"), "\(error.description)")
      }
    }
    #expect(refused > 50)
  }
}
