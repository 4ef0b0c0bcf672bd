/// All files that an installation puts on a board, and those that would be in their way.
struct InstallationPlan: Sendable {
  struct File: Sendable {
    enum Role: Sendable { case application, package, main }

    let path: BoardPath
    let bytes: [UInt8]
    let role: Role
    /// Whether the board compiles it before anything is replaced.
    var isChecked = false
    let checksum: String

    fileprivate init(_ path: BoardPath, _ bytes: [UInt8], _ role: Role, isChecked: Bool = false) {
      self.path = path
      self.bytes = bytes
      self.role = role
      self.isChecked = isChecked
      checksum = FileEntry.checksum(bytes)
    }
  }

  static let main = "main.py"

  let files: [File]
  /// For a module that goes there as bytecode its source, and the other way round: the board
  /// would import the wrong one.
  let stale: [BoardPath]
  /// What the board would import in place of a package, and what that is.
  let shadows: [BoardPath: BoardPath]
  /// `mpy` or `py`.
  let format: String

  /// - Throws: with cause `badApplication` when a file of it is also one of the package, or would be
  ///   imported in place of one.
  init(
    _ application: Application, _ packages: [DevicePackage], on place: Place,
    start: Installation.Start
  ) throws(ManagingError) {
    var files = application.files.map {
      File($0.path, $0.bytes, .application, isChecked: $0.isPython)
    }
    let root = BoardPath.root
    let library = place.library.isEmpty ? root : root.appending(place.library)
    var stale: [BoardPath: BoardPath] = [:]
    var shadows: [BoardPath: BoardPath] = [:]
    var paths = Set(files.map(\.path))
    guard paths.count == files.count else {
      throw ManagingError(.badApplication("two of the files have the same name on the board"))
    }
    for package in packages {
      for file in package.files(mpyVersion: place.mpyVersion) {
        let path = try BoardPath("\(library)/\(file.path)")
        if paths.contains(path), files.contains(where: { $0.path == path && $0.role == .package }) {
          continue  // of a package before
        }
        guard paths.insert(path).inserted else {
          throw ManagingError(
            .badApplication(
              "\(path.onBoard) is a file of the package, too; give yours another name"))
        }
        files.append(File(path, file.bytes, .package))
        guard !place.isSmall else { continue }
        let (stem, suffix) = path.stemAndSuffix
        stale[path.parent.appending(stem + (suffix == ".mpy" ? ".py" : ".mpy"))] = path
        if library != root, let first = path.components.dropFirst().first {
          let module = BoardPath.root.appending(first).stemAndSuffix.stem
          for name in [module, module + ".py", module + ".mpy"] {
            shadows[root.appending(name)] = library.appending(first)
          }
        }
      }
    }
    let rivals = shadows.merging(stale) { shadow, _ in shadow }.sorted { $0.key < $1.key }
    for file in application.files {
      let rival = rivals.first { file.path == $0.key || file.path.isBelow($0.key) }
      guard let rival else { continue }
      throw ManagingError(
        .badApplication(
          "the board would import \(rival.key) in place of \(rival.value); leave \(rival.key) "
            + "out, or give it another name"))
    }
    if start == .atBoot, let text = application.main(on: place) {
      let path = root.appending(Self.main)
      guard paths.insert(path).inserted else {
        throw ManagingError(
          .badApplication("main.py is to start \(application.files[0].path.name); leave it out"))
      }
      files.append(File(path, Array(text.utf8), .main))
    }
    self.stale = stale.keys.sorted()
    self.shadows = shadows
    self.files = files
    format = files.contains { $0.role == .package && $0.path.name.hasSuffix(".mpy") } ? "mpy" : "py"
  }
}

extension BoardPath {
  /// The name without its ending, and that with its dot.
  fileprivate var stemAndSuffix: (stem: String, suffix: String) {
    guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return (name, "") }
    return (String(name[..<dot]), String(name[dot...]))
  }
}
