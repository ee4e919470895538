import Glibc

/// Which sound cards the kernel has, without opening any.
enum SoundCards {
  /// Why a PCM's card is not there; nil where it is, or where the name does not tell the card.
  static func missing(_ device: String, directory: String = "/proc/asound") -> String? {
    guard let card = card(of: device) else { return nil }
    let name = Int(card).map { "card\($0)" } ?? card
    // Cards are `card0`, and a link by their name.
    if access("\(directory)/\(name)", F_OK) == 0 { return nil }
    return "there is no sound card '\(card)' now; hushd would wait for it"
  }

  /// The card in `hw:1,0`, `plughw:CARD=Headset,DEV=0`, `sysdefault:Headset`.
  static func card(of device: String) -> String? {
    let parts = device.split(separator: ":", maxSplits: 1)
    let kinds = ["hw", "plughw", "sysdefault", "front", "dsnoop", "dmix"]
    guard parts.count == 2, kinds.contains(String(parts[0])) else { return nil }
    let arguments = parts[1].split(separator: ",")
    let named = arguments.first { $0.hasPrefix("CARD=") }?.dropFirst(5)
    guard let card = named ?? arguments.first, !card.isEmpty, !card.contains("="),
      !card.contains("/")
    else { return nil }
    return String(card)
  }
}
