import AudioIO

extension Settings.SampleType {
  /// The same for a device.
  var pcm: PCMFormat {
    switch self {
    case .s16: .s16
    case .s24: .s24
    case .s24in3: .s24in3
    case .s32: .s32
    case .float: .float
    }
  }

  /// The same for a pipe, where 24 bits take three bytes.
  var raw: SampleFormat {
    switch self {
    case .s16: .s16le
    case .s24, .s24in3: .s24le
    case .s32: .s32le
    case .float: .f32le
    }
  }
}

extension Settings.Capture.Source {
  /// The device or the path.
  public var name: String {
    switch self {
    case .device(let device): device.name
    case .file(let path, _, _): path
    case .pipe(let path, _, _, _, _): path == "-" ? "standard input" : path
    }
  }
}

extension Settings.Output.Sink {
  /// The device or the path.
  public var name: String {
    switch self {
    case .device(let device): device.name
    case .file(let path, _, _): path
    case .pipe(let path, _): path == "-" ? "standard output" : path
    case .none: "nowhere"
    }
  }
}
