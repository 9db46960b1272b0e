import Foundation
import Mail
import Newsletter
import Outbound
import SQLStore

/// The rights page, walked through as somebody would who has got its link by mail.
extension PromiseCheck {
    static let rights = [
        informed, access, portability, rectification, restriction, objection, erasure, identity, register, audited,
    ]

    private static let informed = PromiseCheck(
        "rights-information",
        "the export says all that must be told: purposes, basis, recipients, sources, retention, rights, the authority (GDPR Art. 15)"
    ) { inspection, _ in
        try await inspection.withCanary { canary in
            let text = try await inspection.export(canary, as: "json").lowercased()
            let owed = [
                "purposes", "categories", "basis", "recipients", "source", "retention", "rights", "authority",
                "transfers", "automated",
            ]
            let lacking = owed.filter { !text.contains($0) }
            return lacking.isEmpty
                ? .kept("The export tells \(owed.joined(separator: ", "))")
                : .broken("The export does not tell \(lacking.joined(separator: ", ")).")
        }
    }

    private static let access = PromiseCheck(
        "access-is-complete", "who opens their link sees address, name, lists, dates and consents as they are stored"
    ) { inspection, _ in
        try await inspection.withCanary { canary in
            let page = try await inspection.get("/privacy/\(try await inspection.privacyLink(canary))")
            let export = try await inspection.export(canary, as: "json")
            guard page.status == 200 else { return .broken("The link’s page answers \(page.status).") }
            let stored = canary.words + [canary.list.slug.text, "restricted", "promises"]
            let lacking = stored.filter { !export.contains($0) }
            return lacking.isEmpty
                ? .kept("The page and the export show all that is stored")
                : .broken("The export lacks \(lacking.count) of the things that are stored.")
        }
    }

    private static let portability = PromiseCheck(
        "portability", "the data can be taken along, as JSON with a published schema and as CSV (GDPR Art. 20)"
    ) { inspection, _ in
        try await inspection.withCanary { canary in
            let (json, csv) = (
                try await inspection.export(canary, as: "json"), try await inspection.export(canary, as: "csv")
            )
            guard (try? JSONSerialization.jsonObject(with: Data(json.utf8))) != nil else {
                return .broken("export.json is not JSON.")
            }
            return csv.contains(canary.address.wire) && csv.contains(canary.name.text)
                ? .kept("JSON and CSV") : .broken("export.csv does not hold the address and the name.")
        }
    }

    private static let rectification = PromiseCheck(
        "rectification", "a corrected name is there at once, and the old one is gone from the disk",
        parameters: ["within": .time]
    ) { inspection, parameters in
        try await inspection.withCanary { canary in
            let link = try await inspection.privacyLink(canary)
            let answer = try await inspection.post("/privacy/\(link)/name", form: "name=Corrected")
            let (keyring, id) = (inspection.courant.keyring, canary.id)
            let name = try await inspection.read { tx in
                try tx.subscription(id).flatMap { try keyring.person($0.person, of: id).name?.text }
            }
            guard answer.status == 200, name == "Corrected" else {
                return .broken("The correction was answered with \(answer.status) and not stored.")
            }
            let found = try await inspection.traces(of: canary, within: parameters.time("within", else: .seconds(1)))
            return found.isEmpty ? .kept("Corrected with the answer") : .broken("The old name is still on the disk.")
        }
    }

    private static let restriction = PromiseCheck(
        "restriction", "who asks for restriction is kept and written to no more, until it is lifted"
    ) { inspection, _ in
        try await inspection.withCanary(.pending) { canary in
            let link = try await inspection.privacyLink(canary)
            let answer = try await inspection.post("/privacy/\(link)/restrict", form: "")
            let (list, now) = (canary.list, inspection.courant.outside.clock.now())
            let (state, counted, active) = try await inspection.read { tx in
                (
                    try tx.subscription(canary.id)?.state, try tx.countRecipients(on: list, at: now),
                    try tx.count(.active, on: list)
                )
            }
            guard answer.status == 200, state == .restricted else {
                return .broken("The wish was answered with \(answer.status) and not stored.")
            }
            return counted <= active
                ? .kept("Kept, and no campaign counts it among its recipients")
                : .broken("Campaigns count people who are restricted.")
        }
    }

    private static let objection = PromiseCheck(
        "objection", "who objects is gone, and a keyed fingerprint keeps everybody from writing to them again"
    ) { inspection, _ in
        try await inspection.withCanary { canary in
            let link = try await inspection.privacyLink(canary)
            let answer = try await inspection.post("/privacy/\(link)/object", form: "")
            let fingerprint = inspection.courant.keyring.fingerprint(of: canary.address)
            let isKnown = try await inspection.read { try $0.hasFingerprint(fingerprint, on: nil) }
            guard answer.status == 200, try await !inspection.isStored(canary) else {
                return .broken("The objection was answered with \(answer.status), and the subscription is still there.")
            }
            return isKnown
                ? .kept("Gone with the answer; sign-up, import and sending know the fingerprint")
                : .broken("Nothing keeps us from writing to them again: there is no fingerprint.")
        }
    }

    private static let erasure = PromiseCheck(
        "erasure", "who asks to be deleted is gone with the answer, and from the disk within the time",
        parameters: ["within": .time]
    ) { inspection, parameters in
        try await inspection.withCanary { canary in
            let link = try await inspection.privacyLink(canary)
            let answer = try await inspection.post("/privacy/\(link)/erase", form: "")
            guard answer.status == 200, try await !inspection.isStored(canary) else {
                return .broken("The wish was answered with \(answer.status), and the subscription is still there.")
            }
            let limit = parameters.time("within", else: .seconds(1))
            guard try await inspection.traces(of: canary, within: limit).isEmpty else {
                return .broken("The address is still on the disk \(limit.words) after the answer.")
            }
            return try await inspection.get("/privacy/\(link)").status == 410
                ? .kept("Gone with the answer, its link too") : .broken("The link to the data still works.")
        }
    }

    private static let identity = PromiseCheck(
        "identity-is-checked",
        "nobody sees another’s data: a link comes by mail, is secret and runs out; whoever is typed in, the answer is the same"
    ) { inspection, _ in
        try await inspection.withCanary { canary in
            let late = try await inspection.privacyLink(canary, for: .seconds(-1))
            for (link, name) in [(late, "one that has run out"), (Token.random().text, "one that was never given out")]
            {
                let answer = try await inspection.get("/privacy/\(link)")
                guard answer.status == 410, !answer.text.contains(canary.address.wire) else {
                    return .broken("A link, \(name), was answered with \(answer.status).")
                }
            }
            return .kept("Links that have run out or were never given out open nothing")
        }
    }

    private static let register = PromiseCheck(
        "requests-are-answered", "every request is on the register, and none is overdue (GDPR Art. 12(3))"
    ) { inspection, _ in
        let overdue = try await inspection.courant.rights.overdue()
        let open = try await inspection.courant.rights.requests(openOnly: true).count
        return overdue == 0
            ? .kept("\(open) open, none overdue")
            : .broken("\(overdue) requests are overdue: courant subscriber requests ls")
    }

    private static let audited = PromiseCheck(
        "audit-is-whole", "what staff do is written down in a chain that nobody has edited or cut"
    ) { inspection, _ in
        let verdict = try await inspection.courant.audit.verify()
        return verdict.flaw.map { .broken($0.words) } ?? .kept("\(verdict.entries) entries, each as it was written")
    }
}

extension Inspection {
    /// A link as the mail would carry it; no mail goes.
    func privacyLink(_ canary: Canary, for time: Duration = .seconds(60)) async throws -> String {
        let token = Token.random()
        let expires = courant.outside.clock.now() + time
        try await courant.store.write {
            try $0.insert(token.hash, purpose: .privacy, subscriptions: [canary.id], expires: expires)
        }
        return token.text
    }

    func export(_ canary: Canary, as form: String) async throws -> String {
        try await get("/privacy/\(try await privacyLink(canary))/export.\(form)").text
    }
}
