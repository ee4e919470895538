import ArgumentParser
import Glibc

@main struct HushCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hush",
    abstract: "Removes noise from recorded speech.",
    discussion: """
      EXAMPLES
        hush denoise noisy.wav clean.wav
        hush denoise interview.flac clean.flac --report interview.html
        hush denoise *.wav --output-dir clean
        arecord -f cd | hush denoise - - --rate 44100 --channels 2 | aplay -f cd

      \(ExitStatus.help)
      """,
    version: version,
    subcommands: [DenoiseCommand.self, ModelCommand.self, BenchCommand.self])

  static let version = "0.1.0"

  static func main() {
    // A write to a closed pipe, or past a size limit, is then an error like any other.
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
    Self.main(nil)
  }
}
