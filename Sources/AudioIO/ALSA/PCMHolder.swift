import CALSA
import Glibc

/// Which process has a hardware PCM open, as the kernel tells it.
enum PCMHolder {
  /// Such as "pulseaudio (process 812)"; nil where it cannot be known.
  static func find(device: String, direction: PCMDirection) -> String? {
    guard let address = address(device) else { return nil }
    let side = direction == .capture ? "c" : "p"
    let folder = "/proc/asound/card\(address.card)/pcm\(address.device)\(side)"
    for sub in 0..<32 {
      guard let status = smallFile("\(folder)/sub\(sub)/status") else { break }
      for line in status.split(separator: "\n") where line.hasPrefix("owner_pid") {
        guard let value = line.split(separator: ":").last,
          let number = Int(String(value).filter { $0 >= "0" && $0 <= "9" })
        else { continue }
        let name = smallFile("/proc/\(number)/comm")?.filter { $0 != "\n" } ?? "a program"
        return "\(name) (process \(number))"
      }
    }
    return nil
  }

  /// Card and device of `hw:…` and `plughw:…`.
  private static func address(_ name: String) -> (card: Int, device: Int)? {
    guard let colon = name.firstIndex(of: ":"),
      ["hw", "plughw"].contains(name[..<colon])
    else { return nil }
    var card: String?
    var device = 0
    for (place, part) in name[name.index(after: colon)...].split(separator: ",").enumerated() {
      let pair = part.split(separator: "=", maxSplits: 1)
      let names: [Substring] = ["CARD", "DEV"]
      let key = pair.count == 2 ? pair[0] : names.dropFirst(place).first
      guard let key, let value = pair.last else { continue }
      if key == "CARD" { card = String(value) }
      if key == "DEV" { device = Int(value) ?? 0 }
    }
    guard let card else { return nil }
    let index = Int(card) ?? Int(snd_card_get_index(card))
    return index >= 0 ? (index, device) : nil
  }

  /// The first bytes of a file of the kernel's; nil where it is not there.
  static func smallFile(_ path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 1024)
    let count = bytes.withUnsafeMutableBytes { readFully(descriptor, $0) }
    return count < 0 ? nil : String(decoding: bytes.prefix(count), as: UTF8.self)
  }
}
