import AudioIO
import Foundation
import Testing
import VirtualCardSupport

@testable import hush

@Suite struct DevicesTests {
  private static func sheets() -> [DeviceSheet] {
    var good = DeviceSheet(
      name: "hw:CARD=Headset,DEV=0", direction: .capture, description: "Headset, USB Audio")
    (good.rates, good.formats) = ([44_100, 48_000], ["s32", "s16"])
    good.channels = DeviceSheet.Range(1...1)
    good.period = DeviceSheet.Range(48...8192)
    good.buffer = DeviceSheet.Range(96...16_384)
    good.mapped = true
    var busy = DeviceSheet(name: "hw:CARD=\u{1b}x,DEV=0", direction: .playback, description: "")
    busy.problem = "is in use by pulseaudio (process 812); stop that, or name another device"
    return [good, busy]
  }

  @Test func text() {
    #expect(
      DeviceSheet.text(Self.sheets()) == """
        Microphones and other inputs
          hw:CARD=Headset,DEV=0  (Headset, USB Audio)
            rates     44100, 48000 Hz
            formats   s32, s16
            channels  1
            period    48 to 8192 frames (1.0 to 170.7 ms at 48000 Hz)
            buffer    96 to 16384 frames
            mapped    yes

        Loudspeakers and other outputs
          hw:CARD=?x,DEV=0
            is in use by pulseaudio (process 812); stop that, or name another device
        """)
    #expect(DeviceSheet.text([]).contains("none; plug one in"))
  }

  @Test func whatNeverWorksIsNotShown() {
    var sheet = DeviceSheet(name: "jack", direction: .capture, description: "")
    #expect(sheet.isWorthShowing)
    sheet.problem = "the sound server behind it does not answer"
    #expect(!sheet.isWorthShowing)
    #expect(Self.sheets()[1].isWorthShowing)
  }

  @Test func aCardThatIsThere() throws {
    let card = VirtualCard(rate: 16_000)
    let outcome = try Hush.shell(
      "ALSA_CONFIG_PATH='\(ALSAConfiguration.path)' $HUSH devices --json")
    #expect(outcome.status == 0)
    #expect(outcome.errors.isEmpty)
    let sheets = try #require(
      try JSONSerialization.jsonObject(with: outcome.output) as? [[String: Any]])
    for direction in ["capture", "playback"] {
      let sheet = try #require(
        sheets.first {
          $0["name"] as? String == card.captureName && $0["direction"] as? String == direction
        }, "\(outcome.text)")
      #expect(sheet["rates"] as? [Int] == [16_000])
      #expect((sheet["formats"] as? [String])?.first == "float")
      #expect((sheet["channels"] as? [String: Int]) == ["least": 1, "most": 2])
      let period = try #require(sheet["period"] as? [String: Int])
      #expect((1...16).contains(period["least"] ?? 0) && (period["most"] ?? 0) >= 8192)
    }
  }

  /// The whole of it on a card that is there: opened, timed, and tried with the tiny model.
  @Test(.takes) func theDoctorTriesTheCard() throws {
    let card = VirtualCard(rate: 16_000)
    let outcome = try Hush.shell(
      "ALSA_CONFIG_PATH='\(ALSAConfiguration.path)' $HUSH doctor --json --trial 0.5 --socket /none "
        + "--capture \(card.captureName)")
    let found = try #require(
      try JSONSerialization.jsonObject(with: outcome.output) as? [[String: Any]])
    func text(_ check: String) -> String {
      found.first { $0["check"] as? String == check }?["text"] as? String ?? ""
    }
    #expect(text("capture").contains("periods of 0.3 to"), "\(outcome.text)")
    // Whether it is on time is this machine's matter; that there was a trial is not.
    #expect(text("trial").contains("s with the microphone: "), "\(text("trial"))")
    #expect(!text("trial").contains("no sound"))
  }
}
