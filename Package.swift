// swift-tools-version: 6.2
import PackageDescription

let swift: [SwiftSetting] = [
  .swiftLanguageMode(.v6), .treatAllWarnings(as: .error),
]
let c: [CSetting] = [
  .treatAllWarnings(as: .error), .enableWarning("all"), .enableWarning("extra"),
]

let package = Package(
  name: "hush",
  products: [
    .library(name: "Hush", targets: ["Hush"]),
    // What is inside, for Benchmarks; not for others to build on.
    .library(name: "HushParts", targets: ["CModel", "CKernels", "Spectral", "S5"]),
    .executable(name: "hush", targets: ["hush"]),
    .executable(name: "hushd", targets: ["hushd"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
  ],
  targets: [
    // Data flows one way: a target names only targets above it.
    .systemLibrary(name: "CALSA", pkgConfig: "alsa", providers: [.apt(["libasound2-dev"])]),
    .systemLibrary(
      name: "CSndFile", pkgConfig: "sndfile", providers: [.apt(["libsndfile1-dev"])]),
    .systemLibrary(
      name: "CSampleRate", pkgConfig: "samplerate", providers: [.apt(["libsamplerate0-dev"])]),
    .target(
      name: "CModel",
      exclude: [
        "nano.safetensors", "small.safetensors", "base.safetensors", "large.safetensors",
        "base-low.safetensors",
      ], cSettings: c),
    .target(name: "CKernels", cSettings: c),
    .target(name: "Spectral", swiftSettings: swift),
    .target(name: "S5", dependencies: ["CModel", "CKernels"], swiftSettings: swift),
    .target(name: "Hush", dependencies: ["Spectral", "S5"], swiftSettings: swift),
    .target(name: "CRealtime", cSettings: c),
    .target(name: "Realtime", dependencies: ["CRealtime"], swiftSettings: swift),
    .target(
      name: "AudioIO", dependencies: ["CALSA", "CSndFile", "CSampleRate", "Realtime"],
      swiftSettings: swift),
    .target(
      name: "Pipeline", dependencies: ["Hush", "S5", "Realtime", "AudioIO"],
      swiftSettings: swift),
    .target(
      name: "Telemetry", dependencies: ["Pipeline", "Realtime", "S5"], swiftSettings: swift),
    .target(
      name: "Configuration",
      dependencies: ["Pipeline", "Hush", "S5", "AudioIO", .product(name: "Yams", package: "Yams")],
      swiftSettings: swift),
    .executableTarget(
      name: "hush",
      dependencies: [
        "Hush", "S5", "Spectral", "AudioIO", "Realtime", "Pipeline",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Sources/hush-cli", swiftSettings: swift),
    .executableTarget(
      name: "hushd",
      dependencies: [
        "Configuration", "Telemetry", "Pipeline", "Hush", "S5", "Realtime", "AudioIO",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ],
      swiftSettings: swift),
    .executableTarget(
      name: "hush-manual",
      dependencies: [
        "Configuration", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: swift),
    .target(name: "AllocationCounter", path: "Tests/AllocationCounter", cSettings: c),
    .target(
      name: "KernelCheck", dependencies: ["CKernels"], path: "Tests/KernelCheck",
      exclude: ["main"], cSettings: c),
    .testTarget(
      name: "CKernelsTests", dependencies: ["CKernels", "KernelCheck"], swiftSettings: swift),
    .target(
      name: "VirtualCardSupport", path: "Tests/VirtualCardSupport", swiftSettings: swift),
    .executableTarget(
      name: "hush-soak",
      dependencies: [
        "AudioIO", "VirtualCardSupport",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Tests/Soak", swiftSettings: swift),
    .target(name: "ModelSupport", path: "Tests/ModelSupport", swiftSettings: swift),
    .testTarget(name: "SpectralTests", dependencies: ["Spectral"], swiftSettings: swift),
    .testTarget(
      name: "S5Tests", dependencies: ["S5"], resources: [.copy("Golden")], swiftSettings: swift),
    .testTarget(
      name: "HushTests", dependencies: ["Hush", "AudioIO", "AllocationCounter", "ModelSupport"],
      swiftSettings: swift),
    .testTarget(
      name: "SoundTests", dependencies: ["Hush", "S5", "AudioIO"], resources: [.copy("Clips")],
      swiftSettings: swift),
    .testTarget(
      name: "RealtimeTests", dependencies: ["Realtime", "AllocationCounter"],
      swiftSettings: swift),
    .testTarget(
      name: "AudioIOTests",
      dependencies: ["AudioIO", "CALSA", "Realtime", "AllocationCounter", "VirtualCardSupport"],
      swiftSettings: swift),
    .testTarget(
      name: "PipelineTests",
      dependencies: [
        "Pipeline", "AudioIO", "Hush", "S5", "Realtime", "AllocationCounter", "ModelSupport",
        "VirtualCardSupport",
      ],
      swiftSettings: swift),
    .executableTarget(
      name: "hostile-client", path: "Tests/HostileClient", swiftSettings: swift),
    .executableTarget(
      name: "telemetry-cost", dependencies: ["Telemetry", "Pipeline", "Realtime"],
      path: "Tests/TelemetryCost", swiftSettings: swift),
    .testTarget(
      name: "TelemetryTests",
      dependencies: [
        "hostile-client", "Telemetry", "Pipeline", "Realtime", "AudioIO", "ModelSupport",
        "VirtualCardSupport",
      ],
      swiftSettings: swift),
    .testTarget(
      name: "ConfigurationTests", dependencies: ["Configuration", "Pipeline", "AudioIO"],
      resources: [.copy("Broken")], swiftSettings: swift),
    .testTarget(
      name: "DaemonTests",
      dependencies: [
        "hush", "hushd", "hush-manual", "Configuration", "Pipeline", "AudioIO", "ModelSupport",
        "VirtualCardSupport",
      ],
      swiftSettings: swift),
    .testTarget(
      name: "CommandTests",
      dependencies: ["hush", "AudioIO", "Realtime", "ModelSupport", "VirtualCardSupport"],
      swiftSettings: swift),
  ]
)
