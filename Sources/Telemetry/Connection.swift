import Glibc
import Realtime

/// One client: what has come of its request, and what is still to go out to it.
final class Connection {
  enum Stage: Equatable {
    /// It may ask.
    case asking
    /// It is being answered.
    case answering
    /// It reads events.
    case reading
    /// What is left goes out; then it is closed.
    case leaving
    case closed
  }

  let descriptor: Int32
  let peer: Peer
  private(set) var stage = Stage.asking
  /// Whether it is being sent a trace.
  private(set) var isTracing = false
  /// Lines of events that it was too slow for and has not been told of, and in all.
  private(set) var skipped: UInt64 = 0
  private(set) var allSkipped: UInt64 = 0
  /// When it last took a byte.
  private(set) var progress: UInt64

  private let limits: Limits
  private var parser: RequestParser
  private var out: [UInt8] = []
  private var sent = 0
  private var pieces: (() -> [UInt8]?)?
  private var isChunked = false
  private var keepsAlive = false
  /// When the present stage began; of a request, its first byte.
  private var since: UInt64
  private var isAmid = false

  /// Bytes to the kernel in one turn, so that one client does not keep the others waiting.
  private static let turn = 1 << 15

  init(_ descriptor: Int32, _ peer: Peer, _ limits: Limits, now: UInt64) {
    self.descriptor = descriptor
    self.peer = peer
    self.limits = limits
    parser = RequestParser(limits)
    since = now
    progress = now
  }

  deinit { close(descriptor) }

  /// Whether nothing has been asked that is not answered: it may go if others need the place.
  var isIdle: Bool { stage == .asking }

  /// Whether it is in the middle of something, rather than done and silent.
  var isLate: Bool { stage != .asking || isAmid }

  /// Whether it has not taken a byte of what waits for it for a second.
  func isStalled(_ now: UInt64) -> Bool {
    (backlog > 0 || pieces != nil) && progress &+ 1_000_000_000 < now
  }

  /// Bytes that it has not taken yet.
  var backlog: Int { out.count - sent }

  var pollEvents: Int16 {
    var events = stage == .asking || stage == .reading ? Int16(POLLIN) : 0
    if backlog > 0 || pieces != nil { events |= Int16(POLLOUT) }
    return events
  }

  /// When it is to be given up, unless something happens before.
  var limit: UInt64 {
    switch stage {
    case .asking: since &+ (isAmid ? limits.requestTime : limits.idleTime)
    case .answering, .leaving: min(since &+ limits.answerTime, progress &+ limits.stalledTime)
    case .reading: backlog > 0 ? progress &+ limits.stalledTime : .max
    case .closed: 0
    }
  }

  // MARK: Reading

  /// Reads what has come.
  ///
  /// - Returns: a whole request, if there is one.
  func receive(now: UInt64) -> RequestParser.Outcome {
    let room = stage == .asking ? min(parser.room, 16_384) : 4096
    return withUnsafeTemporaryAllocation(byteCount: room, alignment: 1) { space in
      let count = recv(descriptor, space.baseAddress, room, 0)
      if count < 0, errno == EAGAIN || errno == EINTR { return .more }
      guard count > 0 else {
        // Whoever has sent its last byte gets no answer to half a request.
        stage = .closed
        return .more
      }
      // A reader of events has nothing more to say.
      guard stage == .asking else { return .more }
      parser.take(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(space).prefix(count)))
      return parse(now: now)
    }
  }

  /// What there is of the next request.
  func parse(now: UInt64) -> RequestParser.Outcome {
    let outcome = parser.next()
    if outcome == .more, !isAmid, parser.isAmid {
      isAmid = true
      since = now
    }
    return outcome
  }

  // MARK: Answering

  /// Begins to answer.
  func answer(
    _ response: Response, to request: Request?, isTrace: Bool = false, now: UInt64
  ) {
    let isHead = request?.method == "HEAD"
    let minor = request?.minor ?? 1
    keepsAlive = request?.keepsAlive ?? false
    if minor == 0, case .pieces = response.body { keepsAlive = false }
    if case .events = response.body { keepsAlive = false }
    out.append(contentsOf: response.head(minor: minor, keepsAlive: keepsAlive))
    isChunked = minor == 1
    isAmid = false
    since = now
    progress = now
    stage = keepsAlive ? .answering : .leaving
    guard !isHead else { return }
    switch response.body {
    case .whole(let bytes): out.append(contentsOf: bytes)
    case .pieces(let next):
      pieces = next
      isTracing = isTrace
      stage = .answering
    case .events: stage = .reading
    }
  }

  /// Adds a line of events, or counts it as skipped where too much waits already.
  func tell(_ line: String, skippedLine: (UInt64) -> String) {
    guard stage == .reading else { return }
    if backlog == 0 { compact() }
    let bytes = Array(line.utf8)
    guard backlog + bytes.count + 256 <= limits.eventBytes else {
      skipped += 1
      allSkipped += 1
      return
    }
    if skipped > 0 {
      append(Array(skippedLine(skipped).utf8))
      skipped = 0
    }
    append(bytes)
  }

  /// Sends what the kernel takes.
  ///
  /// - Returns: whether an answer is done, and the next request may be looked at.
  func send(now: UInt64) -> Bool {
    var quota = Self.turn
    while quota > 0 {
      if backlog == 0 {
        compact()
        guard let next = pieces else { break }
        if let piece = next() {
          append(piece)
        } else {
          pieces = nil
          isTracing = false
          if isChunked { out.append(contentsOf: "0\r\n\r\n".utf8) }
          if !keepsAlive { stage = .leaving }
        }
        continue
      }
      let count = out.withUnsafeBytes { bytes in
        Glibc.send(
          descriptor, bytes.baseAddress.map { $0 + sent }, min(backlog, quota),
          Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
      }
      if count < 0 {
        if errno == EINTR { continue }
        if errno != EAGAIN { stage = .closed }
        return false
      }
      sent += count
      quota -= count
      progress = now
    }
    guard backlog == 0, pieces == nil else { return false }
    compact()
    switch stage {
    case .leaving: stage = .closed
    case .answering:
      stage = .asking
      since = now
      return true
    case .asking, .reading, .closed: break
    }
    return false
  }

  /// Ends an answer that no one takes.
  func giveUp() { stage = .closed }

  private func append(_ bytes: [UInt8]) {
    // A slow reader may never have taken all: what it has taken must not pile up.
    if sent > 1 << 14 {
      out.removeFirst(sent)
      sent = 0
    }
    guard isChunked else {
      out.append(contentsOf: bytes)
      return
    }
    out.append(contentsOf: (String(bytes.count, radix: 16) + "\r\n").utf8)
    out.append(contentsOf: bytes)
    out.append(contentsOf: [13, 10])
  }

  /// Lets go of memory that a large answer took.
  private func compact() {
    out.removeAll(keepingCapacity: out.capacity <= 1 << 16)
    sent = 0
  }
}
