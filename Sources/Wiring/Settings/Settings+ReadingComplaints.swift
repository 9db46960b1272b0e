import Mail
import Newsletter

/// Spam complaints: what they end, and whether newsletters ask for them.
extension Settings {
    mutating func readComplaints(_ reader: inout SettingsReader) {
        complaintScope = reader.word("complaints.scope", ComplaintScope.self) ?? complaintScope
        let key = "complaints.cfbl-address"
        asksForComplaints = reader.word(key, Answer.self) == .yes
        guard asksForComplaints else { return }
        if !hasDoor {
            reader.problem(key, "needs bounces.lmtp or bounces.mailbox: without it nobody reads what is reported")
        }
        let from = mailFrom.address.domain
        if let domain = mailBounceDomain, !DomainName.isAtOrBelow(domain, from) {
            reader.problem(
                key,
                "needs a mail.bounce-domain that is \(from) or below it, as mail.from is (RFC 9477): \(domain) is not")
        }
        if dkimKeys == nil {
            reader.problem(
                key,
                "needs dkim.keys with a key of \(from): only a field that is signed with it counts (RFC 9477), and relays do not "
                    + "sign this one. Take this setting out, make the key (courantd dkim new \(from)), name its folder in "
                    + "dkim.keys, and set this again")
        }
    }
}
