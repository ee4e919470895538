import ArgumentParser
import Glibc

@main struct HushCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hush",
    abstract: "Removes noise from recorded speech, and looks after the hushd that does so live.",
    discussion: """
      EXAMPLES
        hush denoise noisy.wav clean.wav
        hush denoise interview.flac clean.flac --report interview.html
        hush denoise *.wav --output-dir clean
        arecord -f cd | hush denoise - - --rate 44100 --channels 2 | aplay -f cd
        hush doctor
        hush top
        hush set strength=18dB

      ENVIRONMENT
        HUSH_SOCKET  hushd's socket, where --socket does not name it
        NO_COLOR     if it is not empty: no colours

      \(ExitStatus.help(ExitStatus.allCases))
      `hush help status` and `hush help doctor` tell of 1 to 3.
      """,
    version: version,
    groupedSubcommands: [
      CommandGroup(name: "Files", subcommands: [DenoiseCommand.self, ModelCommand.self]),
      CommandGroup(
        name: "Live",
        subcommands: [
          TopCommand.self, StatusCommand.self, SetCommand.self, EventsCommand.self,
        ]),
      CommandGroup(
        name: "Machine",
        subcommands: [DoctorCommand.self, DevicesCommand.self, BenchCommand.self]),
    ])

  static let version = "0.1.0"

  static func main() {
    // A write to a closed pipe, or past a size limit, is then an error like any other.
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
    Self.main(nil)
  }
}
