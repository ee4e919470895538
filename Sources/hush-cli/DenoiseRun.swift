import AudioIO
import Glibc
import Hush
import S5
import Synchronization

/// One `hush denoise`: its inputs are paired with outputs, checked before any work, and done, as
/// many at a time as there are processors.
struct DenoiseRun {
  private let command: DenoiseCommand

  init(_ command: DenoiseCommand) { self.command = command }

  /// Does all; failures are told as they come. The status is that of the first input that failed.
  func run() -> ExitStatus {
    let jobs: [DenoiseJob]
    do throws(Failure) {
      jobs = try plan()
    } catch {
      Console.shared.note("hush: " + error.line)
      return error.status
    }
    let progress = Progress(names: jobs.map(\.input), shown: !command.quiet)
    let statuses = Mutex([ExitStatus](repeating: .ok, count: jobs.count))
    let summaries = Mutex([Summary?](repeating: nil, count: jobs.count))
    let begin = now()
    let quiet = command.quiet
    let toStream = jobs.contains { $0.output == "-" }
    Threads.forEach(count: jobs.count, width: command.jobs ?? Threads.processors) { i in
      do throws(Failure) {
        let summary = try jobs[i].run { progress.update(i, $0) }
        progress.finish(i)
        summaries.withLock { $0[i] = summary }
        if !quiet, jobs.count > 1 { Console.shared.answer(summary.line) }
      } catch {
        progress.finish(i)
        statuses.withLock { $0[i] = error.status }
        if error.status != .brokenPipe { Console.shared.note("hush: " + error.line) }
      }
    }
    Console.shared.clearBar()
    if !quiet {
      let done = summaries.withLock { $0.compactMap { $0 } }
      let text =
        jobs.count > 1
        ? Summary.total(of: done, asked: jobs.count, seconds: now() - begin) : done.first?.text
      if let text {
        if toStream { Console.shared.note(text) } else { Console.shared.answer(text) }
      }
    }
    return statuses.withLock { $0.first { $0 != .ok } } ?? .ok
  }

  private func plan() throws(Failure) -> [DenoiseJob] {
    let settings = DenoiseJob.Settings(
      model: try loadModel(), modelName: command.model,
      attenuationLimit: command.attenuationLimit, container: command.format,
      coding: command.subtype, force: command.force, allowTruncated: command.allowTruncated,
      rate: command.rate, channels: command.channels ?? 1,
      sampleFormat: command.sampleFormat ?? .s16le)
    let pairs = try pair()
    try check(pairs)
    return pairs.map {
      DenoiseJob(
        input: $0.input, output: $0.output, report: command.report, presence: command.presence,
        settings: settings)
    }
  }

  private func loadModel() throws(Failure) -> Model? {
    guard command.latency == .low else {
      guard let name = command.model else { return nil }
      return try ModelFile.load(name)
    }
    do throws(ModelError) {
      let family = ModelFamily.builtIn
      let name = try family.lowVariant(of: command.model ?? Model.standardName)
      return try family.model(named: name)
    } catch {
      throw Failure(.noInput, "--latency: \(error)")
    }
  }

  private func pair() throws(Failure) -> [(input: String, output: String)] {
    guard let directory = command.outputDir else {
      return [(input: command.paths[0], output: command.paths[1])]
    }
    var information = stat()
    guard stat(directory, &information) == 0 else {
      throw Failure(
        .cannotCreate, "\(directory): the output directory is not there; make it first")
    }
    guard information.st_mode & S_IFMT == S_IFDIR else {
      throw Failure(.cannotCreate, "\(directory): is not a directory; choose another place")
    }
    return command.paths.map { path in
      var name = fileName(path)
      if let container = command.format,
        let format = SoundFormat(container: container),
        !format.isUsual(extension: fileExtension(name))
      {
        name = replacingExtension(name, with: format.usualExtension)
      }
      return (input: path, output: joinPath(directory, name))
    }
  }

  /// Everything that can be known to go wrong, before hours of work.
  private func check(_ pairs: [(input: String, output: String)]) throws(Failure) {
    var takers: [String: String] = [:]
    var sources: [FileIdentity: String] = [:]
    for pair in pairs where pair.input != "-" {
      if let identity = FileIdentity(pair.input) { sources[identity] = pair.input }
    }
    for pair in pairs where pair.output != "-" {
      if let identity = FileIdentity(pair.output), let source = sources[identity] {
        throw Failure(
          .usage, "\(pair.output): is the input \(source) itself; name another output")
      }
      let place = canonicalPath(pair.output) ?? pair.output
      if let other = takers[place] {
        throw Failure(
          .usage,
          "\(pair.input): has the same output as \(other), \(pair.output); "
            + "denoise them into different directories")
      }
      takers[place] = pair.input
    }
    try checkTables(against: Array(takers.keys), sources: sources)
    do throws(SoundFileError) {
      for pair in pairs where pair.output != "-" {
        // A missing input is the better thing to tell than trouble with its output.
        if pairs.count == 1, pair.input != "-", access(pair.input, F_OK) != 0 { continue }
        try AtomicFile.check(path: pair.output, replacing: command.force)
      }
    } catch {
      throw Failure(error)
    }
  }

  /// What is written beside the sound must not take its place, nor each other's.
  private func checkTables(
    against outputs: [String], sources: [FileIdentity: String]
  ) throws(Failure) {
    var taken = outputs
    for (path, what) in [(command.report, "report"), (command.presence, "table of presence")] {
      guard let path else { continue }
      let place = canonicalPath(path) ?? path
      if taken.contains(place) || FileIdentity(path).map({ sources[$0] != nil }) ?? false {
        throw Failure(.usage, "\(path): the \(what) would replace the sound; name another file")
      }
      taken.append(place)
      do throws(SoundFileError) {
        try AtomicFile.check(path: path, replacing: command.force)
      } catch {
        throw Failure(error)
      }
    }
  }
}

/// Which file a name stands for, by whatever path it is reached.
struct FileIdentity: Hashable {
  private let device: UInt
  private let node: UInt

  init?(_ path: String) {
    var information = stat()
    guard stat(path, &information) == 0 else { return nil }
    device = UInt(information.st_dev)
    node = UInt(information.st_ino)
  }
}
