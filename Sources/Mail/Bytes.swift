/// Where some bytes stand among others. The standard library's `firstRange(of:)` is unspecialised code of another module and a
/// hundred times as dear: half of what a start cost went there.
extension Collection<UInt8> {
    /// The first place of `word`; an empty one stands at the very beginning.
    package func place(of word: some Collection<UInt8>) -> Range<Index>? {
        place(of: word) { word, bytes in (0...(bytes.count - word.count)).first { bytes.holds(word, at: $0) } }
    }

    /// The last place of `word`.
    package func lastPlace(of word: some Collection<UInt8>) -> Range<Index>? {
        place(of: word) { word, bytes in (0...(bytes.count - word.count)).last { bytes.holds(word, at: $0) } }
    }

    private func place(
        of word: some Collection<UInt8>, _ search: (UnsafeBufferPointer<UInt8>, UnsafeBufferPointer<UInt8>) -> Int?
    ) -> Range<Index>? {
        let found = word.withBytes { word in
            withBytes { bytes in word.count <= bytes.count ? search(word, bytes) : nil }
        }
        guard let found else { return nil }
        let start = index(startIndex, offsetBy: found)
        return start..<index(start, offsetBy: word.count)
    }

    private func withBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        withContiguousStorageIfAvailable(body) ?? Array(self).withUnsafeBufferPointer(body)
    }
}

extension [UInt8] {
    /// Whether `text` stands anywhere in these bytes.
    package func holds(_ text: StaticString) -> Bool {
        place(of: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)) != nil
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// `offset` leaves room for the whole of it.
    fileprivate func holds(_ word: UnsafeBufferPointer<UInt8>, at offset: Int) -> Bool {
        word.indices.allSatisfy { self[offset + $0] == word[$0] }
    }
}
