/// The name of `names` that `word` was probably meant to be.
func nearest(to word: String, in names: [String]) -> String? {
  let most = max(1, min(3, word.count / 3))
  let ranked = names.map { ($0, distance(word, $0)) }.filter { $0.1 <= most }
  return ranked.min { $0.1 < $1.1 }?.0
}

/// How many letters have to be put in, taken out, changed, or swapped with the next (optimal string
/// alignment).
func distance(_ one: String, _ other: String) -> Int {
  let a = Array(one.unicodeScalars.prefix(100))
  let b = Array(other.unicodeScalars.prefix(100))
  guard !a.isEmpty, !b.isEmpty else { return max(a.count, b.count) }
  var twoBack = [Int](repeating: 0, count: b.count + 1)
  var last = Array(0...b.count)
  for i in 1...a.count {
    var row = [i] + [Int](repeating: 0, count: b.count)
    for j in 1...b.count {
      let change = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
      row[j] = min(change, last[j] + 1, row[j - 1] + 1)
      if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
        row[j] = min(row[j], twoBack[j - 2] + 1)
      }
    }
    twoBack = last
    last = row
  }
  return last[b.count]
}
