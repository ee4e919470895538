import ArgumentParser
import Glibc

/// Where to find the daemon.
struct SocketOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "hushd's socket. (default: the variable HUSH_SOCKET, else \(ControlClient.usualPath))",
      valueName: "path"))
  var socket: String?

  var client: ControlClient {
    let named = getenv("HUSH_SOCKET").map { String(cString: $0) } ?? ""
    return ControlClient(path: socket ?? (named.isEmpty ? ControlClient.usualPath : named))
  }
}

/// Runs a command that ends with a line and a code where it cannot go on.
func concluding(_ body: () throws -> Void) throws {
  do { try body() } catch let code as ExitCode { throw code } catch {
    let failure = Failure(any: error)
    Console.shared.note("hush: " + failure.line)
    throw ExitCode(failure.status.rawValue)
  }
}
