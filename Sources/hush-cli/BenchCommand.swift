import ArgumentParser
import AudioIO
import Hush
import S5

struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measures what denoising costs on this machine.",
    discussion: """
      One core processes noise, hop after hop of 8 ms (4 for a model of 8 ms delay), as fast as it can, for each
      stage apart and for the whole. Run it while nothing else runs.

      EXAMPLES
        hush bench
        hush bench --rate 48000 --channels 2
        hush bench --json > board.json
        HUSH_ISA=ssse3 hush bench

      \(ExitStatus.help([.ok, .usage, .badData, .noInput, .internalFault, .io]))
      """)

  @Option(help: ArgumentHelp("Samples a second, 8000 to 192000.", valueName: "hz"))
  var rate = 16000

  @Option(help: ArgumentHelp("Channels, 1 to 8.", valueName: "count"))
  var channels = 1

  @Option(help: ArgumentHelp("How long to measure, 0.1 to 600.", valueName: "seconds"))
  var seconds = 3.0

  @Option(
    help: ArgumentHelp(
      "A model, in place of the usual one: a built-in one's name or a file.", valueName: "name|file"
    ))
  var model: String?

  @Flag(help: "Write JSON instead of a table.")
  var json = false

  func run() throws {
    do throws(Failure) {
      guard (0.1...600).contains(seconds) else {
        throw Failure(.usage, "--seconds \(seconds) is out of range; give 0.1 to 600")
      }
      let loaded: Model
      if let model { loaded = try ModelFile.load(model) } else { loaded = .standard }
      let bench: Bench
      do throws(DenoiserError) {
        bench = try Bench(loaded, rate: rate, channels: channels)
      } catch {
        throw Failure(.usage, "\(error)")
      }
      let sheet = BenchSheet(bench.run(seconds: seconds))
      Console.shared.answer(json ? try sheet.json() : sheet.table)
    } catch {
      Console.shared.note("hush: " + error.line)
      throw ExitCode(error.status.rawValue)
    }
  }
}
