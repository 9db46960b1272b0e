import CourantTesting
import Foundation
import Mail
import Newsletter
import SQLStore
import Testing
import Wiring

/// Whoever adds a column says here whether it is about a person: then it is in the export, or this fails.
@Suite struct CompletenessTests {
    enum Place {
        /// Under that path of the export's JSON.
        case exported(String)
        case notPersonal(because: String)
    }

    static let item = "subscriptions"

    /// Every column of every table that holds something about subscribers.
    static let personal: [String: [String: Place]] = [
        "subscription": [
            "seq": .notPersonal(because: "the order of arrival, without a meaning of its own"),
            "id": .exported("\(item).id"), "list_id": .exported("\(item).list.slug"),
            "digest": .notPersonal(because: "made of the address by a key, to find it; the disclosure says so"),
            "person": .exported("\(item).address"), "language": .exported("\(item).language"),
            "state": .exported("\(item).state"), "basis": .exported("\(item).basis"),
            "source": .exported("\(item).source"), "consent_text": .exported("\(item).consent.text"),
            "consent_policy": .exported("\(item).consent.policy"), "asked_at": .exported("\(item).consent.asked_at"),
            "confirmed_at": .exported("\(item).consent.confirmed_at"),
            "active_since": .exported("\(item).active_since"), "last_activity": .exported("\(item).last_activity"),
            "last_notified": .exported("\(item).last_notified"),
            "class": .exported("\(item).class"), "reminded_at": .exported("\(item).reminded_at"),
            "noticed": .notPersonal(because: "a campaign's number, so that nobody is told of a policy twice"),
            "held_at": .exported("\(item).technical.held_at"), "strikes": .exported("\(item).technical.strikes"),
            "struck_first": .exported("\(item).technical.first_struck"),
            "struck_last": .exported("\(item).technical.last_struck"),
            "held_status": .notPersonal(because: "what a relay has said of the mailbox; that it did is exported"),
            "held_domain": .notPersonal(because: "made of the address's domain by a key, to count"),
            "strike_kind": .notPersonal(because: "as the status"),
            "consent_evidence": .exported("\(item).consent.evidence"),
            "returned_campaign": .notPersonal(because: "a campaign's number, so that no report counts twice"),
            "strike_campaign": .notPersonal(because: "in which campaign it was said"),
        ],
        "token": [
            "hash": .notPersonal(because: "a random secret's"), "subscription_id": .exported("\(item).id"),
            "purpose": .exported("\(item).links.purpose"), "expires_at": .exported("\(item).links.expires"),
            "request": .exported("\(item).links.has_code"), "sign_up": .exported("\(item).links.sign_up.name"),
            "wrong_tries": .notPersonal(because: "how often somebody mistyped a code"),
        ],
        "outbox": [
            "id": .notPersonal(because: "a number"), "subscription_id": .exported("\(item).id"),
            "mail": .notPersonal(
                because: "address, name and company of the row it belongs to, in a mail that they are about to get"),
            "due_at": .exported("\(item).waiting_mails.due"), "attempts": .exported("\(item).waiting_mails.attempts"),
            "is_claimed": .notPersonal(because: "how the dispatcher works"),
            "holder": .notPersonal(because: "as above"),
            "status": .notPersonal(because: "what the relay had against our mail"),
            "link": .notPersonal(because: "a random secret's hash"),
            "link_seconds": .notPersonal(because: "how long such links work"),
        ],
        "delivery": [
            "seq": .notPersonal(because: "names the subscription"),
            "campaign_id": .exported("\(item).deliveries.campaign"), "state": .exported("\(item).deliveries.state"),
            "attempts": .exported("\(item).deliveries.attempts"), "next_at": .exported("\(item).deliveries.next_at"),
            "status": .exported("\(item).deliveries.status"),
            "holder": .notPersonal(because: "which instance sends it"),
            "cause": .notPersonal(because: "whose affair the status is"),
        ],
        "event": Dictionary(
            uniqueKeysWithValues: (Schema.columns["event"] ?? []).map {
                (
                    $0,
                    .notPersonal(because: "that something waits to be told to the receiver, whom the disclosure names")
                )
            }),
        "fingerprint": [
            "fingerprint": .notPersonal(because: "made of the address by a key; that there is one is exported"),
            "list_id": .exported("never_again.list"), "created_at": .exported("never_again.since"),
        ],
        "rights_request": [
            "id": .exported("open_requests.number"), "kind": .exported("open_requests.kind"),
            "received_at": .exported("open_requests.received_at"), "due_at": .exported("open_requests.due_at"),
            "is_extended": .exported("open_requests.is_extended"),
            "closed_at": .notPersonal(because: "a closed request is nobody's any more"),
            "outcome": .notPersonal(because: "as above"), "handler": .notPersonal(because: "as above"),
            "digest": .notPersonal(because: "made of the address by a key, to find it"),
        ],
        "address_change": [
            "subscription_id": .exported("\(item).id"), "hash": .notPersonal(because: "a random secret's"),
            "person": .exported("\(item).address_change.address"),
            "digest": .notPersonal(because: "made of the address by a key, to find it"),
            "expires_at": .exported("\(item).address_change.expires"),
        ],
    ]

    /// The lines of files that are being taken over, for as long as that takes: then they are subscriptions, or fingerprints.
    static let passing: Set<String> = ["import", "import_row", "block", "block_row"]

    /// Of lists, mails and staff, or of who is gone, by a random id; no subscriber's data.
    static let others: Set<String> = [
        "answer", "audit", "audit_head", "campaign", "consent_evidence", "consent_wording", "erasure", "installation",
        "instance", "ledger",
        "list",
        "migration",
        "policy", "probe",
        "refusal", "request_count", "returned", "staff",
    ]

    @Test func `every column is exported, or declared not to be personal`() async throws {
        let app = try await ExportTests.rich().app
        let tables = try await app.courant.store.columns()
        for (table, columns) in tables where !Self.others.union(Self.passing).contains(table) {
            let declared = Set(Self.personal[table, default: [:]].keys)
            #expect(Set(columns) == declared, "\(table): \(declared.symmetricDifference(columns).sorted())")
        }
        #expect(Set(Self.personal.keys).union(Self.others).union(Self.passing).isSuperset(of: tables.keys))
    }

    @Test func `what is said to be exported is, of somebody who has all of it`() async throws {
        let json = try JSONSerialization.jsonObject(with: await ExportTests.rich().export.json())
        for (table, columns) in Self.personal {
            for (column, place) in columns {
                guard case .exported(let path) = place else { continue }
                #expect(Self.has(path.split(separator: ".").map(String.init)[...], json), "\(table).\(column)")
            }
        }
    }

    private static func has(_ path: ArraySlice<String>, _ value: Any) -> Bool {
        if let items = value as? [Any] { return items.contains { has(path, $0) } }
        guard let name = path.first else { return true }
        return (value as? [String: Any])?[name].map { has(path.dropFirst(), $0) } ?? false
    }
}
