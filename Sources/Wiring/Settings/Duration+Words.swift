/// Times as people write them in files: `3s`, `10m`, `72h`, `14d`.
extension Duration {
    private static let units: [(letter: Character, seconds: Int)] = [("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)]

    /// `0` needs no unit.
    init?(words text: String) {
        if text == "0" {
            self = .zero
            return
        }
        guard let unit = Self.units.first(where: { $0.letter == text.last }), let count = Int(text.dropLast()),
            (0..<100_000).contains(count)
        else { return nil }
        self = .seconds(count * unit.seconds)
    }

    /// In the largest unit that divides it.
    var words: String {
        let seconds = Int(self / .seconds(1))
        guard let unit = Self.units.first(where: { seconds % $0.seconds == 0 && seconds >= $0.seconds }) else {
            return "\(seconds)s"
        }
        return "\(seconds / unit.seconds)\(unit.letter)"
    }
}
