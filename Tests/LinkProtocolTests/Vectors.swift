import Foundation
import Testing

@testable import LinkProtocol

/// The files in Protocol/vectors, which the MicroPython end reads as well.
struct VectorFile<Case: Decodable>: Decodable {
  var count: Int
  var cases: [Case]

  static func read(_ name: String) throws -> [Case] {
    let root = URL(filePath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let data = try Data(contentsOf: root.appending(path: "Protocol/vectors/\(name).json"))
    let file = try JSONDecoder().decode(Self.self, from: data)
    #expect(file.count == file.cases.count)
    return file.cases
  }
}

struct FrameFields: Decodable {
  var kind: String
  var end: Bool
  var part: Bool
  var stream: UInt8
  var sequence: UInt8
  var acknowledgement: UInt8
  var body: String

  var frame: Frame? {
    FrameKind.allCases.first { "\($0)" == kind }.map {
      Frame(
        kind: $0, end: end, part: part, stream: stream, sequence: sequence,
        acknowledgement: acknowledgement, body: bytes(body))
    }
  }
}

func bytes(_ hex: String) -> [UInt8] {
  let digits = Array(hex.utf8).map { UInt8($0 > 0x39 ? $0 - 0x57 : $0 - 0x30) }
  return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

func checkKind(_ name: String) -> CheckKind { name == "crc32" ? .crc32 : .fletcher16 }

/// What a decoder says, with neighbouring text joined and damage left out.
func decoded(
  _ input: [UInt8], pieces: Int, session: (key: SessionKey, check: CheckKind)?
) -> [FrameDecoder.Output] {
  var decoder = FrameDecoder()
  decoder.session = session
  var outputs: [FrameDecoder.Output] = []
  func drain() {
    while let output = decoder.next() {
      if case .damaged = output { continue }
      if case .console(let text) = output, case .console(let before) = outputs.last {
        outputs[outputs.count - 1] = .console(before + text)
      } else {
        outputs.append(output)
      }
    }
    #expect(decoder.pendingCount < Limits.length + Limits.headerSize)
  }
  for start in stride(from: 0, to: input.count, by: pieces) {
    decoder.append(Array(input[start..<min(start + pieces, input.count)]))
    drain()
  }
  decoder.giveUp()
  drain()
  #expect(decoder.pendingCount == 0)
  return outputs
}
