import CALSA
import Glibc

/// Why a PCM could not be opened, as one line for a person: the device, what is wrong with it, and
/// the mend.
public struct PCMError: Error, CustomStringConvertible, Sendable, Equatable {
  public enum Kind: Sendable, Equatable {
    /// There is no such device, or it is not there now.
    case missing
    /// Another program has it.
    case busy
    /// This user may not use it.
    case denied
    /// The device is there and cannot do what is asked.
    case unsupported
    /// Something else.
    case failed
  }

  public let kind: Kind
  /// The PCM's name, as the caller gave it.
  public let device: String
  public let direction: PCMDirection
  /// The system's number of the error, positive; 0 where it was found out without the system.
  public let errno: Int32
  /// What is wrong, and the mend; no device name, one line.
  public let message: String

  init(
    _ kind: Kind, device: String, direction: PCMDirection, errno: Int32 = 0, _ message: String
  ) {
    self.kind = kind
    self.device = device
    self.direction = direction
    self.errno = errno
    self.message = message
  }

  public var description: String { singleLine("\(direction.rawValue) \(device): \(message)") }
}

extension PCMError {
  /// The error for a call that gave `number` (negative); `words` is what alsa-lib said about it.
  init(
    _ request: PCMRequest, number: Int32, doing what: String, words: String = ""
  ) {
    let code = abs(number)
    let said = words.isEmpty ? ALSALibrary.message(number) : words
    let kind: Kind
    let message: String
    switch code {
    case ENOENT, ENODEV, ENXIO:
      kind = .missing
      message = "there is no such device now; \(PCMError.others(than: request))"
    case ECONNREFUSED, EHOSTDOWN:
      kind = .missing
      message = "the sound server behind it does not answer; start it, or name a hw: device"
    case EBUSY:
      kind = .busy
      let holder = PCMHolder.find(device: request.device, direction: request.direction)
      message =
        holder.map { "is in use by \($0); stop that, or name another device" }
        ?? "is in use by another program; fuser -v /dev/snd/* tells which"
    case EACCES, EPERM:
      kind = .denied
      message = "may not be used by this user; add it to the audio group (usermod -aG audio USER)"
    default:
      kind = .failed
      message = "cannot \(what): \(said)"
    }
    self.init(
      kind, device: request.device, direction: request.direction, errno: code, message)
  }

  private static func others(than request: PCMRequest) -> String {
    let names = PCMDirectory.names(request.direction)
    if names.isEmpty {
      return "no \(request.direction.rawValue) device is there at all; plug one in"
    }
    let shown = names.prefix(8).joined(separator: ", ")
    return "there are \(shown)\(names.count > 8 ? " and \(names.count - 8) more" : "")"
  }
}
