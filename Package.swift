// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

// An arrow is an import, and all arrows run down:
// boardwalk → Gateway → Boards → LinkProtocol, SerialIO; boardwalk → Simulator, DeviceFiles.
let package = Package(
  name: "boardwalk",
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    .package(
      url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
  ],
  targets: [
    .target(name: "LinkProtocol", swiftSettings: settings),
    .target(name: "CSerialIO"),
    .target(
      name: "SerialIO",
      dependencies: ["CSerialIO", .product(name: "SystemPackage", package: "swift-system")],
      swiftSettings: settings),
    .target(
      name: "Boards",
      dependencies: [
        "LinkProtocol", "SerialIO",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ],
      swiftSettings: settings),
    .target(
      name: "Gateway",
      dependencies: [
        "Boards",
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ],
      swiftSettings: settings),
    .target(
      name: "Simulator",
      dependencies: [
        "CSerialIO", .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: settings),
    .executableTarget(name: "embed-device-files", swiftSettings: settings),
    .plugin(
      name: "EmbedDeviceFiles", capability: .buildTool(), dependencies: ["embed-device-files"],
      path: "Sources/EmbedDeviceFiles"),
    .target(
      name: "DeviceFiles", swiftSettings: settings, plugins: ["EmbedDeviceFiles"]),
    .executableTarget(
      name: "boardwalk",
      dependencies: [
        "Boards", "DeviceFiles", "Gateway", "Simulator",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ],
      swiftSettings: settings),
    .testTarget(
      name: "LinkProtocolTests", dependencies: ["LinkProtocol"], swiftSettings: settings),
    .testTarget(
      name: "SerialIOTests",
      dependencies: [
        "CSerialIO", "SerialIO", .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: settings),
    .testTarget(
      name: "SimulatorTests",
      dependencies: [
        "CSerialIO", "SerialIO", "Simulator",
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: settings),
  ]
)
