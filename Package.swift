// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

// An arrow is an import, and all arrows run down:
// boardwalk → Gateway → Boards → LinkProtocol, RawREPL, SerialIO, DeviceDiscovery → CUdev, Events, DeviceFiles;
// Boards, LinkProtocol, RawREPL → MonotonicTime;
// Gateway → EventHistory → Events; boardwalk → Conformance → APIClient; boardwalk → Simulator, DeviceFiles.
let package = Package(
  name: "boardwalk",
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: []),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
    .package(
      url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
  ],
  targets: [
    .target(name: "MonotonicTime", swiftSettings: settings),
    .target(name: "LinkProtocol", dependencies: ["MonotonicTime"], swiftSettings: settings),
    .target(name: "RawREPL", dependencies: ["MonotonicTime"], swiftSettings: settings),
    .target(name: "CSerialIO"),
    .target(
      name: "SerialIO",
      dependencies: ["CSerialIO", .product(name: "SystemPackage", package: "swift-system")],
      swiftSettings: settings),
    .systemLibrary(name: "CUdev", pkgConfig: "libudev", providers: [.apt(["libudev-dev"])]),
    .target(name: "DeviceDiscovery", dependencies: ["CUdev"], swiftSettings: settings),
    .target(name: "Events", swiftSettings: settings),
    .target(
      name: "EventHistory",
      dependencies: ["Events", .product(name: "GRDB", package: "GRDB.swift")],
      swiftSettings: settings),
    .target(
      name: "Boards",
      dependencies: [
        "DeviceDiscovery", "DeviceFiles", "Events", "LinkProtocol", "MonotonicTime", "RawREPL",
        "SerialIO",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ],
      swiftSettings: settings),
    .target(
      name: "Gateway",
      dependencies: [
        "Boards", "DeviceDiscovery", "EventHistory", "Events",
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
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
      // The link to `Protocol/device` makes the package manager look for new files there.
      name: "DeviceFiles", exclude: ["device"], swiftSettings: settings,
      plugins: ["EmbedDeviceFiles"]),
    .target(
      name: "APIClient",
      dependencies: [
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ],
      swiftSettings: settings),
    .target(name: "Conformance", dependencies: ["APIClient"], swiftSettings: settings),
    .executableTarget(
      name: "boardwalk",
      dependencies: [
        "APIClient", "Boards", "Conformance", "DeviceDiscovery", "DeviceFiles", "EventHistory",
        "Events",
        "Gateway", "Simulator",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Configuration", package: "swift-configuration"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ],
      exclude: ["Resources"],
      swiftSettings: settings),
    .testTarget(name: "APIClientTests", dependencies: ["APIClient"], swiftSettings: settings),
    .testTarget(
      name: "BoardwalkTests", dependencies: ["Boards", "boardwalk"],
      swiftSettings: settings),
    .testTarget(
      name: "BoardsTests",
      dependencies: [
        "Boards", "DeviceDiscovery", "DeviceFiles", "Events", "LinkProtocol", "MonotonicTime",
        "Simulator",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ],
      swiftSettings: settings),
    .testTarget(
      name: "DeviceFilesTests", dependencies: ["DeviceFiles"], swiftSettings: settings),
    .executableTarget(
      name: "device-monitor", dependencies: ["DeviceDiscovery"], path: "Tests/DeviceMonitorTool",
      swiftSettings: settings),
    .testTarget(
      name: "DeviceDiscoveryTests", dependencies: ["DeviceDiscovery"], swiftSettings: settings),
    .testTarget(name: "EventsTests", dependencies: ["Events"], swiftSettings: settings),
    .testTarget(
      name: "EventHistoryTests",
      dependencies: ["EventHistory", "Events", .product(name: "GRDB", package: "GRDB.swift")],
      swiftSettings: settings),
    .testTarget(
      name: "GatewayTests",
      dependencies: [
        "Gateway", .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "NIOCore", package: "swift-nio"),
      ],
      swiftSettings: settings),
    .testTarget(
      name: "LinkProtocolTests", dependencies: ["LinkProtocol", "MonotonicTime"],
      swiftSettings: settings),
    .testTarget(
      name: "RawREPLTests", dependencies: ["MonotonicTime", "RawREPL", "Simulator"],
      swiftSettings: settings),
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
