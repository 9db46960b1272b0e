import Reports
import SwiftASN1
import X509

/// Scaleway's Transactional Email, by its Topics and Events: Amazon's protocol, with certificates of Scaleway's own
/// authority.
struct ScalewayHook: HookFormat {
    private let door: SNSDoor

    /// - Parameter authorities: Scaleway's trust chain, in PEM.
    init?(authorities: String, topics: [String]) {
        guard let documents = try? PEMDocument.parseMultiple(pemString: authorities),
            let certificates = try? documents.map({ try Certificate(pemDocument: $0) }),
            let door = SNSDoor(topics: topics, of: [.scaleway], authorities: certificates)
        else { return nil }
        self.door = door
    }

    func open(_ call: HookCall) async throws(HookFailure) -> OpenedCall { try await door.open(call) }

    func report(_ event: JSONValue) -> Report? {
        let marks: [Mark] = .echo(fields: event["email_headers"], key: "key")
        let words = event["email_response_message"].text ?? event["email_error"].text
        switch event["type"].text {
        case "email_mailbox_not_found": return .told(marks, words: words, otherwise: .strike)
        case "email_dropped": return .told(marks, words: words, otherwise: nil)
        case "email_spam": return .told(marks, .ours)
        case "email_deferred": return .told(marks, .delayed)
        // On Scaleway's own list: nothing was tried.
        case "email_blocklisted": return .told(marks, event["blocklist_type"].text == "mailbox_full" ? .full : .strike)
        default: return nil
        }
    }
}
