/// The text with "?" for every control character: what comes from a file nobody vouches for must not
/// send line breaks or escapes to a terminal. Where many lines are welcome, breaks stay.
func printable(_ text: String, lines: Bool = false) -> String {
  var safe = String.UnicodeScalarView()
  for scalar in text.unicodeScalars {
    let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
    safe.append(isControl && !(lines && scalar == "\n") ? "?" : scalar)
  }
  return String(safe)
}
