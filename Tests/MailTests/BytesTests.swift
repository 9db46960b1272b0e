import Mail
import Testing

@Suite struct BytesTests {
    @Test(arguments: [
        ("", "", 0, 0), ("", "a", nil, nil), ("a", "", 0, 1), ("abcabc", "abc", 0, 3), ("aaab", "aab", 1, 1),
        ("abab", "ba", 1, 1), ("ab", "abc", nil, nil), ("xaa", "aa", 1, 1), ("aaa", "aa", 0, 1), ("æøå", "ø", 2, 2),
    ]) func `a word is found at its first and its last place`(
        _ text: String, _ word: String, _ first: Int?, _ last: Int?
    ) {
        let bytes = Array(text.utf8)
        #expect(bytes.place(of: word.utf8)?.lowerBound == first)
        #expect(bytes.lastPlace(of: word.utf8)?.lowerBound == last)
        #expect((Array("aba".utf8) + bytes)[3...].place(of: Array(word.utf8))?.lowerBound == first.map { $0 + 3 })
        #expect(text.utf8.place(of: word.utf8).map { String(text[$0]) } == first.map { _ in word })
    }
}
