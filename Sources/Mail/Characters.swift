extension Unicode.Scalar {
    /// Controls, line and paragraph separators, format characters (zero-width ones and those that turn the writing's
    /// direction), private and unassigned-for-ever code points: what has no place in a line that a person reads.
    package var isUnseen: Bool {
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate: true
        default: properties.isNoncharacterCodePoint
        }
    }
}

extension String.UTF8View {
    /// Without ASCII white space at either end.
    var trimmed: Substring.UTF8View {
        func isWhite(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
        var rest = self[...]
        while let first = rest.first, isWhite(first) { rest.removeFirst() }
        while let last = rest.last, isWhite(last) { rest.removeLast() }
        return rest
    }
}
