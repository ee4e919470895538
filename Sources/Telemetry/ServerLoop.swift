import Glibc
import Pipeline
import Realtime
import Synchronization

/// The server's thread: all connections, one after the other, none of which it ever waits for.
final class ServerLoop: @unchecked Sendable {
  private let listener: UnixListener
  private let feed: EventFeed
  private let service: Service
  private let limits: Limits
  private var connections: [Connection] = []
  /// Until when no more clients are accepted, for want of descriptors.
  private var restsUntil: UInt64 = 0
  private var lastLine: UInt64 = 0
  private let isOver = Atomic(false)

  /// Clients accepted in one turn, so that those there are get theirs: as many as may wait, since
  /// one who is to be served may be the last of them.
  private static let welcome = 128
  /// Weight of the thread beside others of ordinary scheduling: what must be on time goes first,
  /// also where no real-time priority is granted.
  private static let niceness: Int32 = 5
  /// To whom there is no room for; made once, since there may be very many.
  private static let noRoom: [UInt8] = {
    var response = Response.error(
      503, "too many connections are open; close some, or ask again later")
    response.headers = ["Retry-After: 1"]
    guard case .whole(let body) = response.body else { return [] }
    return response.head(minor: 1, keepsAlive: false) + body
  }()

  init(_ listener: UnixListener, feed: EventFeed, service: Service, limits: Limits) {
    self.listener = listener
    self.feed = feed
    self.service = service
    self.limits = limits
  }

  /// Ends the thread's life, soon; from any thread.
  func end() {
    isOver.store(true, ordering: .releasing)
    feed.ring()
  }

  /// The thread's life.
  func run() {
    // Of the calling thread alone, on Linux.
    setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, Self.niceness)
    lastLine = MonotonicClock.now()
    var polled: [pollfd] = []
    while !isOver.load(ordering: .acquiring) {
      let before = MonotonicClock.now()
      polled.removeAll(keepingCapacity: true)
      polled.append(pollfd(fd: feed.bell, events: Int16(POLLIN), revents: 0))
      let listens: Int16 = before < restsUntil ? 0 : Int16(POLLIN)
      polled.append(pollfd(fd: listener.descriptor, events: listens, revents: 0))
      for connection in connections {
        polled.append(
          pollfd(fd: connection.descriptor, events: connection.pollEvents, revents: 0))
      }
      poll(&polled, nfds_t(polled.count), patience(before))
      let now = MonotonicClock.now()
      for (connection, ready) in zip(connections, polled.dropFirst(2)) where ready.revents != 0 {
        serve(connection, ready.revents, now)
      }
      spread(now)
      if polled[1].revents != 0 { welcome(now) }
      for connection in connections where connection.limit <= now { expire(connection, now) }
      connections.removeAll { $0.stage == .closed }
      service.connections = connections.count
    }
    connections.removeAll()
  }

  /// Milliseconds until something is due.
  private func patience(_ now: UInt64) -> Int32 {
    var next = connections.map(\.limit).min() ?? .max
    if connections.contains(where: { $0.stage == .reading }) {
      next = min(next, lastLine &+ limits.heartbeat)
    }
    if now < restsUntil { next = min(next, restsUntil) }
    if next == .max { return -1 }
    return next <= now ? 0 : Int32(clamping: (next - now) / 1_000_000 + 1)
  }

  // MARK: Coming

  private func welcome(_ now: UInt64) {
    for _ in 0..<Self.welcome {
      let descriptor = accept(listener.descriptor, nil, nil)
      guard descriptor >= 0 else {
        // No descriptors, no memory: it would be ready at once again.
        if errno != EAGAIN, errno != EINTR, errno != ECONNABORTED {
          restsUntil = now &+ 100_000_000
        }
        return
      }
      let peer = Peer(descriptor) ?? Peer(process: 0, user: .max, group: .max)
      guard hasRoom(for: peer, now) else {
        service.refused.add()
        // As much as fits at once.
        _ = send(
          descriptor, Self.noRoom, Self.noRoom.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
        close(descriptor)
        continue
      }
      _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
      _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
      var room: Int32 = 1 << 16
      setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &room, socklen_t(MemoryLayout<Int32>.size))
      let connection = Connection(descriptor, peer, limits, now: now)
      connections.append(connection)
      // What it asked may be there already.
      serve(connection, Int16(POLLIN), now)
    }
  }

  /// Whether another connection may come; if need be, another one goes for it.
  private func hasRoom(for peer: Peer, _ now: UInt64) -> Bool {
    let own = connections.count { $0.stage != .closed && $0.peer.process == peer.process }
    guard own < limits.connectionsOfOne else { return false }
    let open = connections.filter { $0.stage != .closed }
    guard open.count >= limits.connections else { return true }
    // Of the process that has the most: the oldest that is idle or stalled; if this one has far
    // fewer, any.
    let counts = Dictionary(grouping: open, by: \.peer.process).mapValues(\.count)
    let most = counts.values.max() ?? 0
    let spare = open.filter { $0.isIdle || $0.isStalled(now) }
    let victim =
      spare.first { counts[$0.peer.process] == most }
      ?? (own + 1 < most ? open.first { counts[$0.peer.process] == most } : spare.first)
    guard let victim else { return false }
    victim.giveUp()
    service.refused.add()
    return true
  }

  // MARK: Serving

  private func serve(_ connection: Connection, _ events: Int16, _ now: UInt64) {
    let comes = Int16(POLLIN) | Int16(POLLHUP) | Int16(POLLERR)
    if events & comes != 0, connection.stage == .asking || connection.stage == .reading {
      take(connection, connection.receive(now: now), now)
    }
    // Requests that came together are answered one a turn: the next is looked at when the answer
    // before has gone.
    if connection.send(now: now) { take(connection, connection.parse(now: now), now) }
  }

  private func take(_ connection: Connection, _ outcome: RequestParser.Outcome, _ now: UInt64) {
    switch outcome {
    case .more: return
    case .refuse(let refusal):
      service.refused.add()
      connection.answer(.error(refusal.status, refusal.line), to: nil, now: now)
    case .request(let request):
      service.requests.add()
      let answer = service.answer(
        request,
        mayControl: connection.peer.mayControl(
          listener.group, supplementary: Peer.groups(connection.descriptor)))
      if case .events = answer.body, request.method != "HEAD" {
        read(connection, request, answer, now)
      } else if case .pieces = answer.body, request.method != "HEAD" {
        trace(connection, request, answer, now)
      } else {
        connection.answer(answer, to: request, now: now)
      }
    }
  }

  private func read(
    _ connection: Connection, _ request: Request, _ answer: Response, _ now: UInt64
  ) {
    let readers = connections.filter { $0.stage == .reading }
    let own = readers.count { $0.peer.process == connection.peer.process }
    if own >= limits.readersOfOne || readers.count >= limits.readers {
      // One that does not read makes room for one that may.
      let slowest = readers.filter { $0.skipped > 0 }.max { $0.allSkipped < $1.allSkipped }
      guard own < limits.readersOfOne, let slowest else {
        busy(connection, request, "as many readers of /events as there may be", now)
        return
      }
      slowest.giveUp()
      service.refused.add()
    }
    connection.answer(answer, to: request, now: now)
    let clock = WallClock()
    connection.tell(service.hello(at: now, clock)) { EventLine.skipped($0, at: now, clock) }
  }

  private func trace(
    _ connection: Connection, _ request: Request, _ answer: Response, _ now: UInt64
  ) {
    let others = connections.filter { $0.isTracing && $0.stage == .answering }
    let own = others.count { $0.peer.process == connection.peer.process }
    if own >= limits.tracesOfOne || others.count >= limits.traces {
      let slowest = others.min { $0.progress < $1.progress }
      guard own < limits.tracesOfOne, let slowest, slowest.isStalled(now) else {
        busy(connection, request, "as many traces under way as there may be", now)
        return
      }
      slowest.giveUp()
      service.refused.add()
    }
    connection.answer(answer, to: request, isTrace: true, now: now)
  }

  private func busy(
    _ connection: Connection, _ request: Request, _ what: String, _ now: UInt64
  ) {
    service.refused.add()
    var response = Response.error(503, "there are \(what); ask again later")
    response.headers = ["Retry-After: 1"]
    connection.answer(response, to: request, now: now)
  }

  private func expire(_ connection: Connection, _ now: UInt64) {
    // A client that keeps a connection for later has done nothing wrong.
    guard connection.isLate else {
      connection.giveUp()
      return
    }
    service.refused.add()
    if connection.stage == .asking {
      connection.answer(
        .error(408, "the request did not come in time; send it whole"), to: nil, now: now)
      _ = connection.send(now: now)
    }
    connection.giveUp()
  }

  // MARK: Events

  /// Tells the readers what has happened.
  private func spread(_ now: UInt64) {
    let (events, dropped) = feed.fetch()
    for event in events { service.note(event) }
    let readers = connections.filter { $0.stage == .reading }
    guard !readers.isEmpty else {
      lastLine = now
      return
    }
    let clock = WallClock()
    var lines = service.lines(events, clock)
    if dropped > 0 { lines.append(EventLine.skipped(dropped, at: now, clock)) }
    if lines.isEmpty, now &- lastLine >= limits.heartbeat {
      lines = [service.heartbeat(at: now, clock)]
    }
    guard !lines.isEmpty else { return }
    lastLine = now
    for reader in readers {
      let before = reader.allSkipped
      for line in lines {
        // What the kernel takes need not be skipped.
        if reader.backlog > limits.eventBytes / 2 { _ = reader.send(now: now) }
        reader.tell(line) { EventLine.skipped($0, at: now, clock) }
      }
      service.skippedLines.add(reader.allSkipped - before)
      _ = reader.send(now: now)
    }
  }
}
