/// Screens as they are to be; a test prints the new one where it differs.
enum Snapshots {
  static let eighty = ""
  static let sixty = ""
}
