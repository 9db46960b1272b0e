internal import Foundation

/// Where some bytes stand among others, by the C library's search: the standard library's is unspecialised code of another
/// module, and in a debug build any loop of ours was most of what a start cost.
extension Collection<UInt8> {
    /// The first place of `word`; an empty one stands at the very beginning.
    package func place(of word: some Collection<UInt8>) -> Range<Index>? {
        place(of: word) { word, bytes in bytes.offset(of: word, from: 0) }
    }

    /// The last place of `word`; an empty one stands at the very end.
    package func lastPlace(of word: some Collection<UInt8>) -> Range<Index>? {
        place(of: word) { word, bytes in
            guard var last = bytes.offset(of: word, from: 0) else { return nil }
            if word.isEmpty { return bytes.count }
            while let next = bytes.offset(of: word, from: last + 1) { last = next }
            return last
        }
    }

    private func place(
        of word: some Collection<UInt8>, _ search: (UnsafeBufferPointer<UInt8>, UnsafeBufferPointer<UInt8>) -> Int?
    ) -> Range<Index>? {
        let found = word.withBytes { word in withBytes { search(word, $0) } }
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
    fileprivate func offset(of word: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        guard let first = word.first, let wanted = word.baseAddress else { return start }
        guard let base = baseAddress, word.count <= count else { return nil }
        var start = start
        let end = count - word.count
        while start <= end, let found = memchr(base + start, Int32(first), end - start + 1) {
            if memcmp(found, wanted, word.count) == 0 { return UnsafeRawPointer(found) - UnsafeRawPointer(base) }
            start = UnsafeRawPointer(found) - UnsafeRawPointer(base) + 1
        }
        return nil
    }
}
