import CALSA
import Glibc

/// Which clock drives a PCM, by name.
enum PCMClockName {
  /// PCMs of one sound card have its name, such as `card Device`. A sound server's devices may each
  /// have a clock of its own and do not tell, so each has a name of its own here: a drift that is
  /// followed where there is none costs little, one that is not followed costs xruns. Any other PCM
  /// is one clock under its own name.
  static func find(_ pcm: OpaquePointer, device: String, direction: PCMDirection) -> String {
    if let card = card(of: pcm) { return "card \(card)" }
    if isServed(pcm) { return "\(direction.rawValue) of \(device)" }
    return device
  }

  private static func card(of pcm: OpaquePointer) -> String? {
    var information: OpaquePointer?
    snd_pcm_info_malloc(&information)
    guard let information else { return nil }
    defer { snd_pcm_info_free(information) }
    let (result, _) = ALSALibrary.listening { snd_pcm_info(pcm, information) }
    guard result >= 0 else { return nil }
    let number = snd_pcm_info_get_card(information)
    guard number >= 0 else { return nil }
    let id = PCMHolder.smallFile("/proc/asound/card\(number)/id")?.filter { $0 != "\n" }
    return id ?? "\(number)"
  }

  /// Whether PulseAudio or PipeWire is behind it, which only its description tells.
  private static func isServed(_ pcm: OpaquePointer) -> Bool {
    var output: OpaquePointer?
    guard snd_output_buffer_open(&output) == 0, let output else { return false }
    defer { snd_output_close(output) }
    snd_pcm_dump(pcm, output)
    var text: UnsafeMutablePointer<CChar>?
    let count = snd_output_buffer_string(output, &text)
    guard let text, count > 0 else { return false }
    let words = text.withMemoryRebound(to: UInt8.self, capacity: count) {
      String(decoding: UnsafeBufferPointer(start: $0, count: count), as: UTF8.self)
    }
    return words.contains("PulseAudio") || words.contains("PipeWire")
  }
}
