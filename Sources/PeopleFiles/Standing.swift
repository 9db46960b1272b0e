/// Where somebody stands at the tool that the file comes from, as far as that tool says.
package enum Standing: Hashable, Sendable {
    case subscribed
    /// Has not confirmed, or was never asked.
    case pending
    /// Unsubscribed, complained, was put on a block list.
    case left
    /// Their mailbox refused mail.
    case dead
    /// A word that we do not know: not imported, for it may mean no.
    case unknown(String)

    package init(word: String) {
        let word = word.trimmedFile.lowercased().filter { $0 != "_" && $0 != "-" && $0 != " " }
        self =
            if Self.yes.contains(word) {
                .subscribed
            } else if Self.notYet.contains(word) {
                .pending
            } else if Self.no.contains(word) {
                .left
            } else if Self.bounced.contains(word) {
                .dead
            } else {
                .unknown(String(word.prefix(30)))
            }
    }

    /// Of a column that says yes where somebody has left.
    package init(leavingMark word: String) {
        let word = word.trimmedFile.lowercased()
        self = word.isEmpty || Self.no.contains(word) && !word.hasPrefix("un") ? .subscribed : .left
    }

    private static let yes: Set<String> = [
        "", "subscribed", "active", "enabled", "confirmed", "regular", "premium", "gifted", "churning", "trialed",
        "pastdue", "marketingcontact",
        "optedin", "optin", "yes", "y", "true", "1", "ok", "restricted", "aktiv", "bekreftet", "bekräftad", "bestätigt",
        "påmeldt", "prenumererar", "abonniert", "ja", "sann", "sant", "wahr",
    ]
    private static let notYet: Set<String> = [
        "pending", "unconfirmed", "unactivated", "nonsubscribed", "notsubscribed", "transactional", "awaiting",
        "upcoming", "nonmarketingcontact",
        "ubekreftet", "obekräftad", "unbestätigt", "ausstehend",
    ]
    private static let no: Set<String> = [
        "unsubscribed", "disabled", "blocklisted", "blacklisted", "blocked", "removed", "complained", "complaint",
        "spam",
        "spammy", "optedout", "optout", "left", "archived", "deleted", "no", "n", "false", "0", "inactive", "avmeldt",
        "avanmäld",
        "avregistrerad", "abgemeldet", "nei", "nej", "nein", "usann", "falskt", "falsch",
    ]
    private static let bounced: Set<String> = [
        "bounced", "cleaned", "unreachable", "undeliverable", "hardbounced", "hardbounce", "invalid", "dead",
    ]
}
