import Testing

@testable import AudioIO

@Suite struct SampleConversionTests {
  private static let bits: [PCMFormat: Int] = [.s16: 16, .s24: 24, .s24in3: 24, .s32: 32]

  private func encode(
    _ format: PCMFormat, _ samples: [Float], dither: Bool = false, sourceStride: Int = 1,
    targetStride: Int? = nil
  ) -> [UInt8] {
    let step = targetStride ?? format.width
    let count = samples.count / sourceStride
    var bytes = [UInt8](repeating: 0xee, count: count * step)
    var noise = Dither(isOn: dither)
    bytes.withUnsafeMutableBytes { bytes in
      SampleConversion.encode(
        format, samples, sourceStride: sourceStride, to: bytes.baseAddress!, targetStride: step,
        count: count, dither: &noise)
    }
    return bytes
  }

  private func decode(_ format: PCMFormat, _ bytes: [UInt8], sourceStride: Int? = nil) -> [Float] {
    let step = sourceStride ?? format.width
    var samples = [Float](repeating: .nan, count: bytes.count / step)
    bytes.withUnsafeBytes { bytes in
      SampleConversion.decode(
        format, bytes.baseAddress!, sourceStride: step, to: &samples, targetStride: 1,
        count: samples.count)
    }
    return samples
  }

  private func integers(_ format: PCMFormat, _ bytes: [UInt8]) -> [Int] {
    stride(from: 0, to: bytes.count, by: format.width).map { at in
      let used = format == .s24 ? 3 : format.width
      let word = (0..<used).reduce(0) { $0 | Int(bytes[at + $1]) << (8 * $1) }
      return word >= 1 << (8 * used - 1) ? word - (1 << (8 * used)) : word
    }
  }

  @Test func everyIntegerOf16BitsComesBack() {
    let samples = (-32_768...32_767).map { Float($0) / 32_768 }
    // Dither leaves alone what needs no rounding.
    for dither in [false, true] {
      let bytes = encode(.s16, samples, dither: dither)
      #expect(integers(.s16, bytes) == Array(-32_768...32_767))
      #expect(decode(.s16, bytes) == samples)
    }
  }

  @Test(arguments: [PCMFormat.s24, .s24in3])
  func integersOf24BitsComeBack(_ format: PCMFormat) {
    let values =
      [-8_388_608, -8_388_607, -1, 0, 1, 8_388_606, 8_388_607]
      + (0..<20_000).map { ($0 &* 7_919_777) % 16_777_216 - 8_388_608 }
    let samples = values.map { Float($0) / 8_388_608 }
    let bytes = encode(format, samples)
    #expect(integers(format, bytes) == values)
    #expect(decode(format, bytes) == samples)
  }

  @Test func theUpperByteOf24BitsDoesNotCount() {
    #expect(decode(.s24, [0xff, 0xff, 0x7f, 0x5a]) == [8_388_607 / 8_388_608])
    #expect(decode(.s24, [0x00, 0x00, 0x80, 0x33]) == [-1])
  }

  @Test func thirtyTwoBitsHoldEveryFloatAbove24Bits() {
    let samples = (0..<20_000).map { Float(($0 &* 7_919_777) % 16_777_216 - 8_388_608) / 8_388_608 }
    #expect(decode(.s32, encode(.s32, samples)) == samples)
    #expect(integers(.s32, encode(.s32, [-1, 0, 0.5])) == [-2_147_483_648, 0, 1_073_741_824])
  }

  @Test func floatsAreCopied() {
    let samples: [Float] = [-1, -0.3, 0, .leastNonzeroMagnitude, 0.1, 1]
    #expect(decode(.float, encode(.float, samples)) == samples)
  }

  @Test(arguments: PCMFormat.allCases)
  func beyondFullScaleIsCutAndNoNumberIsSilence(_ format: PCMFormat) {
    let wild: [Float] = [1, 1.5, 1e30, .infinity, -1, -1.5, -1e30, -.infinity, .nan]
    let bytes = encode(format, wild)
    guard let bits = SampleConversionTests.bits[format] else {
      #expect(decode(format, bytes) == [1, 1, 1, 1, -1, -1, -1, -1, 0])
      return
    }
    let (low, high) = (-(1 << (bits - 1)), (1 << (bits - 1)) - 1)
    #expect(integers(format, bytes) == [high, high, high, high, low, low, low, low, 0])
  }

  @Test func roundingIsToTheNearestAndEven() {
    let samples: [Float] = [0.4, 0.5, 0.6, 1.5, 2.5, -0.5, -0.6, -1.5].map { $0 / 32_768 }
    #expect(integers(.s16, encode(.s16, samples)) == [0, 0, 1, 2, 2, 0, -1, -2])
  }

  @Test func ditherKeepsTheMeanOfWhatLiesBetweenTwoSteps() {
    let count = 200_000
    for level in [0.25, 0.5, 0.9] as [Float] {
      let samples = [Float](repeating: level / 32_768, count: count)
      let plain = integers(.s16, encode(.s16, samples))
      let values = integers(.s16, encode(.s16, samples, dither: true))
      #expect(Set(plain).count == 1)
      let mean = Float(values.reduce(0, +)) / Float(count)
      #expect(abs(mean - level) < 0.01)
      // Triangular noise of one step and rounding: 1/6 + 1/12 steps squared.
      let power = values.reduce(0) { $0 + (Float($1) - level) * (Float($1) - level) } / Float(count)
      #expect(abs(power - 0.25) < 0.02)
    }
    #expect(integers(.s16, encode(.s16, [0, 0, 0, 0], dither: true)) == [0, 0, 0, 0])
  }

  @Test(arguments: PCMFormat.allCases)
  func aChannelAmongOthersIsTheSame(_ format: PCMFormat) {
    let samples: [Float] = (0..<301).map { Float(($0 * 7919) % 65_536 - 32_768) / 32_768 }
    let pairs: [Float] = samples.flatMap { [$0, -9] as [Float] }
    let apart = encode(format, pairs, sourceStride: 2, targetStride: format.width * 3)
    let packed = encode(format, samples)
    #expect(decode(format, apart, sourceStride: format.width * 3) == decode(format, packed))
    // What lies between is left alone.
    for i in 0..<samples.count {
      let between = apart[(i * 3 + 1) * format.width..<(i + 1) * 3 * format.width]
      #expect(between.allSatisfy { $0 == 0xee })
    }
  }
}
