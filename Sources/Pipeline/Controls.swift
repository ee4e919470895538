import Synchronization

/// What can be set while sound flows; written by any thread, read once a hop.
public final class Controls: Sendable {
  private let strengthBits: Atomic<UInt32>
  private let bypassFlag: Atomic<Bool>
  private let muteFlag = Atomic(false)
  private let endFlag = Atomic(false)
  private let resetCount = Atomic<UInt32>(0)

  init(strength: Double?, bypass: Bool) {
    strengthBits = Atomic(Self.bits(strength))
    bypassFlag = Atomic(bypass)
  }

  /// How much may be removed, in dB, 0 or more; infinite: no limit.
  public var strength: Float {
    get { Float(bitPattern: strengthBits.load(ordering: .relaxed)) }
    set { strengthBits.store(newValue.bitPattern, ordering: .relaxed) }
  }

  /// Whether the sound passes as it is.
  public var bypass: Bool {
    get { bypassFlag.load(ordering: .relaxed) }
    set { bypassFlag.store(newValue, ordering: .relaxed) }
  }

  /// Whether nothing is heard.
  public var mute: Bool {
    get { muteFlag.load(ordering: .relaxed) }
    set { muteFlag.store(newValue, ordering: .relaxed) }
  }

  /// Makes the denoiser forget what it has heard.
  public func reset() { resetCount.add(1, ordering: .relaxed) }

  var resets: UInt32 { resetCount.load(ordering: .relaxed) }

  /// Whether the sound is to fade out for good.
  var isEnding: Bool {
    get { endFlag.load(ordering: .acquiring) }
    set { endFlag.store(newValue, ordering: .releasing) }
  }

  func set(strength: Double?) { self.strength = Float(bitPattern: Self.bits(strength)) }

  private static func bits(_ strength: Double?) -> UInt32 {
    (strength.map { Float($0) } ?? Float.infinity).bitPattern
  }
}
