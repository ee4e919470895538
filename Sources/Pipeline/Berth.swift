import Realtime
import Synchronization

/// How a device came back.
enum Outcome: Equatable {
  /// The keeper asked for it.
  case returned
  /// It is of no use any more, for this reason (an `errno`).
  case lost(Int32)
}

/// Where a keeper, who opens and closes devices, lays one down for the real-time thread that uses
/// it, and gets it back.
///
/// The keeper holds the reference all the while, so the real-time thread touches no count.
final class Berth<Device: AnyObject>: Sendable {
  private let device = Atomic<UInt>(0)
  private let wanted = Atomic(false)
  private let closed = Atomic(false)
  private let outcome = Atomic<Int64>(Int64.min)
  private let laid = Wakeup()
  private let back = Wakeup()

  // The keeper's side

  /// Lays a device down; it must live until `collect` has answered.
  func lay(_ newDevice: Device) {
    outcome.store(.min, ordering: .relaxed)
    wanted.store(false, ordering: .relaxed)
    let bits = UInt(bitPattern: Unmanaged.passUnretained(newDevice).toOpaque())
    device.store(bits, ordering: .releasing)
    laid.signal()
  }

  /// Asks for the device; `collect` then answers soon.
  func ask() { wanted.store(true, ordering: .releasing) }

  /// - Returns: how the device came back; nil if it has not by then.
  func collect(until deadline: UInt64) -> Outcome? {
    _ = back.wait(until: deadline)
    switch outcome.exchange(.min, ordering: .acquiring) {
    case .min: return nil
    case -1: return .returned
    case let code: return .lost(Int32(truncatingIfNeeded: code))
    }
  }

  /// Rings the keeper, that it may look after other things.
  func nudge() { back.signal() }

  /// Sends the real-time thread home.
  func close() {
    closed.store(true, ordering: .releasing)
    ask()
    laid.signal()
  }

  // The real-time thread's side

  /// Waits for a device.
  ///
  /// - Returns: nil when there will be none any more.
  func take() -> Unmanaged<Device>? {
    while true {
      let bits = device.exchange(0, ordering: .acquiring)
      if let pointer = UnsafeRawPointer(bitPattern: bits) {
        return Unmanaged.fromOpaque(pointer)
      }
      if closed.load(ordering: .acquiring) { return nil }
      laid.wait()
    }
  }

  /// Whether the keeper asks for the device.
  var isWanted: Bool { wanted.load(ordering: .acquiring) }

  /// Gives the device back.
  func giveBack(_ how: Outcome) {
    let code: Int64 =
      switch how {
      case .returned: -1
      case .lost(let number): Int64(number)
      }
    outcome.store(code, ordering: .releasing)
    back.signal()
  }
}
