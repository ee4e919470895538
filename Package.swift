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
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
  ],
  targets: [
    // Data flows one way: a target names only targets above it.
    .systemLibrary(
      name: "CSndFile", pkgConfig: "sndfile", providers: [.apt(["libsndfile1-dev"])]),
    .target(name: "CModel", exclude: ["default.safetensors"], cSettings: c),
    .target(name: "CKernels", cSettings: c),
    .target(name: "Spectral", swiftSettings: swift),
    .target(name: "S5", dependencies: ["CModel", "CKernels"], swiftSettings: swift),
    .target(name: "Hush", dependencies: ["Spectral", "S5"], swiftSettings: swift),
    .target(name: "AudioIO", dependencies: ["CSndFile"], swiftSettings: swift),
    .executableTarget(
      name: "hush",
      dependencies: [
        "Hush", "S5", "Spectral", "AudioIO",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Sources/hush-cli", swiftSettings: swift),
    .target(name: "AllocationCounter", path: "Tests/AllocationCounter", cSettings: c),
    .target(
      name: "KernelCheck", dependencies: ["CKernels"], path: "Tests/KernelCheck",
      exclude: ["main"], cSettings: c),
    .testTarget(
      name: "CKernelsTests", dependencies: ["CKernels", "KernelCheck"], swiftSettings: swift),
    .testTarget(name: "SpectralTests", dependencies: ["Spectral"], swiftSettings: swift),
    .testTarget(
      name: "S5Tests", dependencies: ["S5"], resources: [.copy("Golden")], swiftSettings: swift),
    .testTarget(
      name: "HushTests", dependencies: ["Hush", "AudioIO", "AllocationCounter"],
      swiftSettings: swift),
    .testTarget(name: "AudioIOTests", dependencies: ["AudioIO"], swiftSettings: swift),
    .testTarget(
      name: "CommandTests", dependencies: ["hush", "AudioIO"], swiftSettings: swift),
  ]
)
