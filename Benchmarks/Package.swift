// swift-tools-version: 6.2
import PackageDescription

let swift: [SwiftSetting] = [
  .swiftLanguageMode(.v6), .treatAllWarnings(as: .error),
]

// Built with `-Xswiftc -enable-testing` (`make bench`), which shows it the parts inside.
let package = Package(
  name: "benchmarks",
  dependencies: [.package(name: "hush", path: "..")],
  targets: [
    .systemLibrary(
      name: "CKissFFT", providers: [.apt(["libkissfft-dev"])]),
    .target(name: "AllocationCounter"),
    .target(name: "Contenders"),
    .executableTarget(
      name: "hush-benchmarks",
      dependencies: [
        "CKissFFT", "Contenders", "AllocationCounter",
        .product(name: "HushParts", package: "hush"), .product(name: "Hush", package: "hush"),
      ],
      swiftSettings: swift),
  ]
)
