import Glibc
import Spectral

/// Power over time and frequency, in a picture of bounded size however long the sound is: when the
/// columns run out each two become one.
final class Spectrogram {
  static let rows = 256
  private static let mostColumns = 1200

  /// The highest frequency shown, Hz.
  let top: Double
  private(set) var columns: [Float] = []
  var columnCount: Int { columns.count / Self.rows }

  private let fft: RealFFT
  private let window: [Float]
  private var history: [Float]
  private var fresh = 0
  private let hop: Int
  private var sum = [Float](repeating: 0, count: Spectrogram.rows)
  private var summed = 0
  private var framesPerColumn = 1
  private let shownBins: Int
  private var windowed: [Float]
  private var re: [Float]
  private var im: [Float]

  init(rate: Int) {
    var size = 256
    while size * 50 < rate { size *= 2 }
    fft = RealFFT(size: size)
    top = min(Double(rate) / 2, 24_000)
    shownBins = max(Self.rows / 2, Int((top * Double(size) / Double(rate)).rounded()))
    // A sine of amplitude 1 then reads a power of 1.
    window = (0..<size).map {
      Float((0.5 - 0.5 * cos(2 * Double.pi * Double($0) / Double(size))) * 4 / Double(size))
    }
    history = [Float](repeating: 0, count: size)
    windowed = history
    re = [Float](repeating: 0, count: size / 2 + 1)
    im = re
    hop = size / 4
    columns.reserveCapacity(Self.rows * Self.mostColumns)
  }

  /// One sample, all channels mixed.
  func add(_ sample: Float) {
    let size = history.count
    // The last hop of the history is filled, then all moves on.
    history[size - hop + fresh] = sample
    fresh += 1
    guard fresh == hop else { return }
    for i in 0..<size { windowed[i] = history[i] * window[i] }
    history.withUnsafeMutableBufferPointer { history in
      for i in 0..<(size - hop) { history[i] = history[i + hop] }
    }
    fresh = 0
    fft.forward(windowed, re: &re, im: &im)
    addFrame()
  }

  private func addFrame() {
    for row in 0..<Self.rows {
      let first = row * shownBins / Self.rows
      let last = max(first + 1, (row + 1) * shownBins / Self.rows)
      var power: Float = 0
      for bin in first..<last { power += re[bin] * re[bin] + im[bin] * im[bin] }
      sum[row] += power / Float(last - first)
    }
    summed += 1
    guard summed == framesPerColumn else { return }
    for row in 0..<Self.rows {
      columns.append(sum[row] / Float(summed))
      sum[row] = 0
    }
    summed = 0
    if columnCount == Self.mostColumns { halve() }
  }

  private func halve() {
    let half = Self.mostColumns / 2
    for column in 0..<half {
      for row in 0..<Self.rows {
        let left = columns[2 * column * Self.rows + row]
        let right = columns[(2 * column + 1) * Self.rows + row]
        columns[column * Self.rows + row] = (left + right) / 2
      }
    }
    columns.removeLast(half * Self.rows)
    framesPerColumn *= 2
  }

  /// The picture, high frequencies on top: one byte a pixel, 0 for -110 dB and below, `steps` - 1
  /// for -20 dB and above.
  func pixels(steps: Int) -> [UInt8] {
    let width = columnCount
    var pixels = [UInt8](repeating: 0, count: width * Self.rows)
    for column in 0..<width {
      for row in 0..<Self.rows {
        let power = Double(columns[column * Self.rows + row])
        let level = power > 1e-20 ? 10 * log10(power) : -200
        let share = max(0, min(1, (level + 110) / 90))
        pixels[(Self.rows - 1 - row) * width + column] = UInt8(share * Double(steps - 1) + 0.5)
      }
    }
    return pixels
  }
}
