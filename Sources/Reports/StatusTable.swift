package import Mail

/// The one table of what codes mean (RFC 3463, and what the large receivers make of it). Only an enhanced code makes
/// anybody dead; words beside it can only make the verdict milder, or, where the code says nothing, add a strike: receivers
/// say "5.1.1 … has sent to too many recipients this hour" and "550 Unknown user" of people who are very much there.
package enum StatusTable {
    /// What was given up: a 4.x.x among them was tried until its time was over.
    ///
    /// `isLocal`: the words of a program, not of a receiving server.
    package static func verdict(
        _ status: EnhancedStatus?, reply: Int? = nil, words: ReportWords, isLocal: Bool = false
    ) -> ReportClass {
        guard let said = status.flatMap({ said(by: $0, words) }) ?? reply.flatMap(said(by:)) else {
            return words.verdict
        }
        let verdict = words.soften(said)
        return isLocal ? min(verdict, .strike) : verdict
    }

    /// Nil where the code says nothing.
    private static func said(by status: EnhancedStatus, _ words: ReportWords) -> ReportClass? {
        switch (status.class, status.subject, status.detail) {
        case (5, 1, 1), (5, 1, 2), (5, 1, 3), (5, 1, 6), (5, 1, 10), (5, 7, 17), (5, 7, 18): .dead
        case (_, 1, 7), (_, 1, 8), (_, 2, 3), (_, 3, 4): .ours
        // 5.1.351: Microsoft quotes another server.
        case (5, 1, 0), (5, 1, 4), (5, 1, 5), (5, 1, 351), (5, 4, 4), (5, 4, 310), (5, 4, 312): .strike
        // The directory at the edge does not know the user, or a company's mail is half set up.
        case (5, 4, 1): words.denyAccess ? .strike : .soft
        case (5, 2, 1), (5, 7, 13): .disabled
        case (_, 2, 2), (4, 3, 1): .full
        // A recipient's hourly limit.
        case (_, 2, 121), (_, 2, 122): .soft
        case (5, 7, 120...139): .refused
        // Also of those whom they do not know; said of those they know.
        case (5, 5, 0), (5, 7, 1): words.speakOfGone && !words.speakOfUs && !words.speakOfTaste ? .strike : .ours
        case (_, 5, _), (_, 6, _), (_, 7, _): .ours
        case (4, _, _), (_, 3, _), (_, 4, _): .soft
        default: nil
        }
    }

    private static func said(by reply: Int) -> ReportClass? {
        switch reply {
        case 552: .ours
        case 400..<500: .soft
        default: nil
        }
    }
}

/// What a server says beside its codes.
package struct ReportWords: Sendable {
    /// In lower case, with one space for any white space, without whatever quotes an address.
    private let text: [UInt8]
    /// The reasons of a refusal stand in the first lines.
    package static let longest = 4096

    package init(_ words: some Sequence<UInt8>) {
        text = Self.plain(words)
    }

    private static func plain(_ words: some Sequence<UInt8>) -> [UInt8] {
        let text = String(decoding: Array(words.prefix(longest)), as: UTF8.self).lowercased()
        let kept = text.utf8.split { $0 <= 0x20 }.filter { !$0.contains(UInt8(ascii: "@")) }
        return Array(kept.joined(separator: [0x20]))
    }

    package var speakOfRoom: Bool { has("quota", "mailbox full", "is full", "storage", "over limit", "out of space") }
    var speakOfUs: Bool {
        has(
            "spam", "policy", "policies", "spf", "dkim", "dmarc", "blocked", "blocklist", "block list", "blacklist",
            "reputation", "too many", "relay access denied", "relaying denied", "authenticat", "unsolicited", "virus",
            "s3140", "s3150", "tss04", "rp-001")
    }
    var speakOfTaste: Bool { has("preferences", "refused due") }
    var speakOfRules: Bool { has("resolver.rst", "not authenticated for group", "restricted to", "only accepts") }
    var speakOfSwitch: Bool { has("disabled", "inactive", "suspended", "locked", "deactivated", "not active") }
    var denyAccess: Bool { has("access denied") }
    var speakOfGone: Bool {
        has(
            "user unknown", "unknown user", "no such", "not exist", "doesn't exist", "doesn't have a", "not found",
            "no mailbox", "invalid recipient", "invalid address", "invalid mailbox", "unknown recipient",
            "recipient unknown", "unknown address", "address unknown", "mailbox unknown", "unknown mailbox",
            "unrouteable", "mailbox unavailable", "address rejected", "recipient rejected", "not listed in",
            "not a valid", "host unknown", "unknown host", "no longer", "nonexistent", "bad destination")
    }
    var speakOfDelay: Bool {
        has(
            "will continue to try", "will keep trying", "will be retried", "will retry", "delayed", "warning",
            "no action is required", "do not need to resend", "not yet been delivered")
    }

    /// Where no code says anything.
    var verdict: ReportClass {
        if speakOfRoom { return .full }
        if speakOfRules { return .refused }
        if speakOfUs || speakOfTaste { return .ours }
        return speakOfSwitch ? .disabled : speakOfGone ? .strike : .soft
    }

    /// Never harsher.
    package func soften(_ verdict: ReportClass) -> ReportClass {
        guard verdict > .refused else { return verdict }
        if speakOfRoom { return min(verdict, .full) }
        if speakOfRules { return .refused }
        if speakOfUs { return .ours }
        if speakOfSwitch { return min(verdict, .disabled) }
        return speakOfTaste ? min(verdict, .strike) : verdict
    }

    private func has(_ words: StaticString...) -> Bool { words.contains { text.holds($0) } }
}
