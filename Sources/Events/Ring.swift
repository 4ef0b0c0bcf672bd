/// A queue in one circular buffer: grows at the end, shrinks at the front, is read anywhere.
struct Ring<Element> {
  private var slots: [Element] = []
  private var head = 0
  private(set) var count = 0
  /// What stands where nothing is.
  private let filler: Element

  init(filler: Element) {
    self.filler = filler
  }

  var isEmpty: Bool { count == 0 }

  /// - Parameter index: from 0, the front, to `count` - 1.
  subscript(index: Int) -> Element {
    precondition(index >= 0 && index < count)
    return slots[(head + index) & (slots.count - 1)]
  }

  mutating func append(_ element: Element) {
    if count == slots.count { grow() }
    slots[(head + count) & (slots.count - 1)] = element
    count += 1
  }

  mutating func removeFirst() {
    precondition(count > 0)
    // An object is let go at once, not when its place is used again.
    slots[head] = filler
    head = (head + 1) & (slots.count - 1)
    count -= 1
  }

  /// The first index whose element does not come before a place in the order; else `count`.
  ///
  /// - Parameter isBefore: true for some elements from the front on, then false.
  func partition(_ isBefore: (Element) -> Bool) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if isBefore(self[middle]) { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Doubles the buffer. Its size stays a power of two, so that a mask finds a place.
  private mutating func grow() {
    var larger: [Element] = []
    larger.reserveCapacity(max(16, slots.count * 2))
    for index in 0..<count { larger.append(self[index]) }
    while larger.count < max(16, slots.count * 2) { larger.append(filler) }
    slots = larger
    head = 0
  }
}
