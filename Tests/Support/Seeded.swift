/// Random numbers that are the same on every run (SplitMix64), so that what fuzzing finds is found again.
package struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    package init(_ seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

}

extension Seeded {
    /// Text made of pieces that parsers stumble over, and of any scalars.
    package mutating func text(of pieces: [String], upTo length: Int) -> String {
        var text = ""
        for _ in 0..<Int.random(in: 0...length, using: &self) {
            if Int.random(in: 0..<8, using: &self) == 0 {
                text.unicodeScalars.append(Unicode.Scalar(UInt32.random(in: 0...0x1_FFFF, using: &self)) ?? "x")
            } else {
                text += pieces.randomElement(using: &self) ?? ""
            }
        }
        return text
    }
}
