extension VirtualCard {
  /// Unplugs the card, or plugs it in again. What runs stops as disconnected, and opening gives
  /// ENODEV, until it is back.
  public var isGone: Bool {
    get { block[.gone] != 0 }
    set { block[.gone] = newValue ? 1 : 0 }
  }

  /// Whether opening gives EBUSY, as if another program had it.
  public var isBusy: Bool {
    get { block[.busy] != 0 }
    set { block[.busy] = newValue ? 1 : 0 }
  }

  /// Makes a running stream, or the next one to run, stop with an xrun; `count` times.
  public func xrun(_ side: Side, count: Int = 1) {
    block.add(count, capture: side == .capture, .xrunsAsked)
  }

  /// Suspends a running stream as a sleeping machine does.
  public func suspend(_ side: Side) { block.add(1, capture: side == .capture, .suspendsAsked) }

  /// Both sides' positions stand still for so long from now, then catch up: an interrupt that comes
  /// late, or for a long time one that never comes.
  public func stall(milliseconds: Int) {
    let now = VirtualCard.now()
    block[.stallUntil] = 0
    block[.stallFrom] = now
    block[.stallUntil] = now + UInt64(milliseconds) * 1_000_000
  }

  /// Ends a stall.
  public func unstall() { block[.stallUntil] = 0 }
}
