internal import Foundation

extension EmailAddress {
    /// Why what somebody pasted is no address, as exactly as can be told.
    package enum Fault: Error, Equatable {
        case missing
        case tooLong
        /// There is no `@`.
        case noAt
        /// There are several.
        case severalAts
        /// Nothing stands on one side of the `@`.
        case incomplete
        /// A space or a line break.
        case space
        /// A character that nobody sees.
        case invisible
        /// One that cannot stand there.
        case sign(String)
        /// What stands behind the `@` is no domain that mail can be sent to.
        case domain
    }

    /// As somebody brought it: what came along with the address is taken off where its meaning is certain.
    package init(pasted text: String) throws(Fault) {
        let mended = PastedText.mended(text)
        do throws(Problem) {
            try self.init(mended)
        } catch {
            throw Fault(error, of: mended)
        }
        // Letters of any script may stand in it; dashes, quotation marks and pictures have come by mistake.
        if let stray = localPart.unicodeScalars.first(where: { !$0.isASCII && !$0.isLetter }) {
            throw .sign(String(stray))
        }
    }
}

extension EmailAddress.Fault {
    /// For staff. Visitors' words stand in the locales.
    package var words: String {
        switch self {
        case .missing: "There is no address."
        case .tooLong: "The address is too long: at most 254 characters, 64 of them before the @."
        case .noAt: "There is no @ in the address: it looks like ann@example.com."
        case .severalAts: "There is more than one @: give one address at a time."
        case .incomplete: "Something is missing before or behind the @: an address looks like ann@example.com."
        case .space: "There is a space or a line break in the address: take it out."
        case .invisible: "There is a character in the address that cannot be seen: type it by hand."
        case .sign(let sign): "“\(sign)” cannot stand there in an address: an address looks like ann@example.com."
        case .domain: "What stands behind the @ is no domain that mail can be sent to."
        }
    }

    fileprivate init(_ problem: EmailAddress.Problem, of text: String) {
        self =
            switch problem {
            case .missing: .missing
            case .tooLong: .tooLong
            case .incomplete, .invalid, .unusableDomain: Self.within(text.unicodeScalars)
            }
    }

    private static func within(_ text: String.UnicodeScalarView) -> Self {
        if text.contains(where: { $0.isUnseen && !$0.properties.isWhitespace || $0.isInvisible }) { return .invisible }
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count > 1 else { return .noAt }
        guard parts.count == 2 else { return .severalAts }
        if parts[0].isEmpty || parts[1].isEmpty { return .incomplete }
        if text.contains(where: \.properties.isWhitespace) { return .space }
        if let sign = parts[0].first(where: { !$0.mayStandBeforeAt }) { return .sign(String(sign)) }
        if !Substring(parts[0]).utf8.isDotAtom { return .sign(".") }
        if let sign = parts[1].first(where: { !$0.mayStandBehindAt }) { return .sign(String(sign)) }
        return .domain
    }
}

extension Unicode.Scalar {
    fileprivate var isLetter: Bool {
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .nonspacingMark,
            .spacingMark, .decimalNumber, .letterNumber, .otherNumber:
            true
        default: false
        }
    }

    fileprivate var mayStandBeforeAt: Bool {
        isASCII ? self == "." || UInt8(ascii: self).isAtomText : isLetter
    }

    fileprivate var mayStandBehindAt: Bool {
        isASCII ? self == "." || self == "-" || properties.isAlphabetic || isLetter : isLetter
    }
}
