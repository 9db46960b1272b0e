extension String {
    /// Columns this text takes on a terminal: East Asian wide characters and emoji take two, what combines takes none.
    /// Colour sequences (CSI … m) take none either, so that coloured cells line up.
    var displayWidth: Int {
        var width = 0
        var inSequence = false
        for scalar in unicodeScalars {
            if inSequence {
                inSequence = scalar != "m"
            } else if scalar == "\u{1B}" {
                inSequence = true
            } else {
                width += scalar.displayWidth
            }
        }
        return width
    }

    func padded(to width: Int, right: Bool = false) -> String {
        let space = String(repeating: " ", count: max(0, width - displayWidth))
        return right ? space + self : self + space
    }

    /// At most `width` columns, an ellipsis marking what was cut. For text without colour.
    func cut(to width: Int) -> String {
        guard displayWidth > width else { return self }
        var kept = String.UnicodeScalarView()
        var used = 1
        for scalar in unicodeScalars {
            used += scalar.displayWidth
            if used > width { break }
            kept.append(scalar)
        }
        return String(kept) + "…"
    }

    /// The service's text made harmless for a terminal: control characters could move the cursor or forge a line.
    var printable: String {
        guard unicodeScalars.contains(where: \.isControl) else { return self }
        var clean = String.UnicodeScalarView()
        for scalar in unicodeScalars { clean.append(scalar.isControl ? "\u{FFFD}" : scalar) }
        return String(clean)
    }
}

extension Unicode.Scalar {
    var isControl: Bool {
        switch value {
        case 0..<0x20, 0x7F..<0xA0, 0x202A...0x202E, 0x2066...0x2069: true
        default: false
        }
    }

    fileprivate var displayWidth: Int {
        switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format, .control: 0
        default: isWide ? 2 : 1
        }
    }

    /// Unicode's East Asian Width W and F, by block (UAX #11).
    private var isWide: Bool {
        switch value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF,
            0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6,
            0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
            true
        default: false
        }
    }
}
