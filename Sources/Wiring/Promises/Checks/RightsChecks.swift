import Foundation
import Mail
import Newsletter
import Outbound
import Rendering
import SQLStore

/// The rights page, walked through as somebody would who has got its link by mail.
extension PromiseCheck {
    static let rights = [
        informed, access, portability, rectification, restriction, objection, erasure, identity, register, audited,
    ]

    private static let informed = PromiseCheck(
        "rights-information",
        "the export says all that must be told, each in its field: purposes, basis, recipients, sources, retention, rights, the authority (GDPR Art. 15)",
        reaches: .proven, isRehearsed: true
    ) { inspection, _ in
        try await inspection.rehearse { stage, canary in
            let export = try await stage.export(canary)
            let parties = stage.courant.settings.parties
            let recipients = export.list("disclosure", "recipients").compactMap { $0["name"] as? String }
            let unnamed = (parties.relays + [parties.captcha, parties.receiver].compactMap(\.self)).filter {
                !recipients.contains($0)
            }
            guard unnamed.isEmpty else {
                return .broken("The export does not name \(unnamed.joined(separator: ", ")) among the recipients.")
            }
            let complaints = export.text("disclosure", "complaints")
            guard parties.authority.isEmpty || complaints.contains(parties.authority) else {
                return .broken("The export does not say that one can complain to \(parties.authority).")
            }
            let lacking = told.filter { export.isEmpty($0) }.map { $0.joined(separator: ".") }
            return lacking.isEmpty
                ? .proven("The export tells each of the \(told.count) things that it must, in the reader’s language")
                : .broken("The export does not tell \(lacking.joined(separator: ", ")): see templates/locales.")
        }
    }

    /// Fields of the export (`templates/assets/export-4.schema.json`) that must not be empty.
    private static let told = [
        ["disclosure", "controller", "name"], ["disclosure", "controller", "contact"], ["disclosure", "purposes"],
        ["disclosure", "categories"], ["disclosure", "recipients"], ["disclosure", "transfers"],
        ["disclosure", "retention"], ["disclosure", "rights"], ["disclosure", "complaints"],
        ["disclosure", "automated_decisions"], ["subscriptions", "basis_explained"], ["subscriptions", "source"],
        ["subscriptions", "retention"],
    ]

    private static let access = PromiseCheck(
        "access-is-complete",
        "who opens their link sees address, name, company, lists, dates and consents as they are stored",
        reaches: .proven, isRehearsed: true
    ) { inspection, _ in
        try await inspection.rehearse { stage, canary in
            let page = try await stage.get("/privacy/\(try await stage.privacyLink(canary))")
            guard page.status == 200 else { return .broken("The link’s page answers \(page.status).") }
            guard let stored = try await stage.read({ try $0.subscription(canary.id) }) else {
                return .broken("Who is on a list cannot be found in the database.")
            }
            guard canary.words.allSatisfy({ page.text.contains($0) }) else {
                return .broken("The link’s page does not show address, name and company.")
            }
            let export = try await stage.export(canary)
            let lacking = canary.fields(as: stored).filter { export.text($0.path) != $0.value }
            return lacking.isEmpty
                ? .proven("The page and the export show all that is stored")
                : .broken("The export lacks \(lacking.map { $0.path.joined(separator: ".") }.joined(separator: ", ")).")
        }
    }

    private static let portability = PromiseCheck(
        "portability", "the data can be taken along, as JSON with a published schema and as CSV (GDPR Art. 20)",
        reaches: .proven, isRehearsed: true
    ) { inspection, _ in
        try await inspection.rehearse { stage, canary in
            let link = try await stage.privacyLink(canary)
            let json = try await stage.get("/privacy/\(link)/export.json")
            guard ExportReading(json.body) != nil else { return .broken("export.json is not JSON.") }
            guard try await stage.get("/assets/export-4.schema.json").status == 200 else {
                return .broken("The schema of export.json is not published.")
            }
            let rows = Set(try await stage.get("/privacy/\(link)/export.csv").text.components(separatedBy: "\r\n"))
            let owed = [
                "subscriptions.1.address,\(canary.address.wire)", "subscriptions.1.name,\(canary.name.text)",
                "subscriptions.1.company,\(canary.company.text)",
            ]
            return rows.isSuperset(of: owed)
                ? .proven("JSON by a published schema, and CSV")
                : .broken("export.csv does not hold the address, the name and the company.")
        }
    }

    private static let rectification = PromiseCheck(
        "rectification", "a corrected name or company is there at once, and the old one is gone from the disk",
        reaches: .proven,
        parameters: ["within": .time]
    ) { inspection, parameters in
        try await inspection.withCanary { canary in
            let link = try await inspection.privacyLink(canary)
            let answer = try await inspection.post("/privacy/\(link)/name", form: "name=Corrected")
            let next = try await inspection.post("/privacy/\(link)/company", form: "company=Corrected+too")
            let (keyring, id) = (inspection.courant.keyring, canary.id)
            let person = try await inspection.read { tx in
                try tx.subscription(id).map { try keyring.person($0.person, of: id) }
            }
            guard answer.status == 200, person?.name?.text == "Corrected", next.status == 200,
                person?.company?.text == "Corrected too"
            else {
                return .broken(
                    "The corrections were answered with \(answer.status) and \(next.status), and are not stored.")
            }
            let limit = parameters.time("within", else: .seconds(1))
            return try await inspection.traces(of: canary, within: limit).isEmpty
                ? inspection.gone("Corrected with the answer", within: limit)
                : .broken("The old name or company is still on the disk.")
        }
    }

    private static let restriction = PromiseCheck(
        "restriction", "who asks for restriction is kept and written to no more, until it is lifted", reaches: .proven,
        isRehearsed: true
    ) { inspection, _ in
        try await inspection.rehearse(.active) { stage, canary in
            let list = canary.list
            let before = try await stage.read { try $0.countRecipients(on: list) }
            let link = try await stage.privacyLink(canary)
            let answer = try await stage.post("/privacy/\(link)/restrict", form: "")
            let (state, after) = try await stage.read { tx in
                (try tx.subscription(canary.id)?.state, try tx.countRecipients(on: list))
            }
            guard answer.status == 200, state == .restricted else {
                return .broken("The wish was answered with \(answer.status) and not stored.")
            }
            return after == before - 1
                ? .proven("Kept, and no campaign counts it among its recipients any more")
                : .broken("Campaigns count people who are restricted.")
        }
    }

    private static let objection = PromiseCheck(
        "objection", "who objects is gone, and a keyed fingerprint keeps everybody from writing to them again",
        reaches: .seen, isRehearsed: true
    ) { inspection, _ in
        // On a list that nothing counts: what is erased is counted by the process, which takes nothing back.
        try await inspection.rehearse(isCounted: false) { stage, canary in
            let link = try await stage.privacyLink(canary)
            let answer = try await stage.post("/privacy/\(link)/object", form: "")
            let fingerprint = stage.courant.keyring.fingerprint(of: canary.address)
            let isKnown = try await stage.read { try $0.hasFingerprint(fingerprint, on: nil) }
            guard answer.status == 200, try await !stage.isStored(canary) else {
                return .broken("The objection was answered with \(answer.status), and the subscription is still there.")
            }
            return isKnown
                ? .seen(
                    "Gone with the answer; sign-up, import and sending know the fingerprint; Courant decides nothing about anybody",
                    unseen: "whether another program of yours decides anything by these data")
                : .broken("Nothing keeps us from writing to them again: there is no fingerprint.")
        }
    }

    private static let erasure = PromiseCheck(
        "erasure", "who asks to be deleted is gone with the answer, and from the disk within the time",
        reaches: .proven, parameters: ["within": .time]
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
                ? inspection.gone("Gone with the answer, its link too", within: limit)
                : .broken("The link to the data still works.")
        }
    }

    private static let identity = PromiseCheck(
        "identity-is-checked",
        "nobody sees another’s data: a link comes by mail, is secret and runs out; whoever is typed in, the answer is the same",
        reaches: .seen, isRehearsed: true
    ) { inspection, _ in
        try await inspection.rehearse { stage, canary in
            let late = try await stage.privacyLink(canary, for: .seconds(-1))
            for (link, name) in [(late, "one that has run out"), (Token.random().text, "one that was never given out")]
            {
                let answer = try await stage.get("/privacy/\(link)")
                guard answer.status == 410, !answer.text.contains(canary.address.wire) else {
                    return .broken("A link, \(name), was answered with \(answer.status).")
                }
            }
            return .seen(
                "Links that have run out or were never given out open nothing",
                unseen: "how staff make sure of people who write or call: write down how, and keep to it")
        }
    }

    private static let register = PromiseCheck(
        "requests-are-answered",
        "a request that is served stands on the register, and none is overdue (GDPR Art. 12(3))", reaches: .seen,
        isRehearsed: true
    ) { inspection, _ in
        let overdue = try await inspection.courant.rights.overdue()
        guard overdue == 0 else { return .broken("\(overdue) requests are overdue: courant subscriber requests ls") }
        let open = try await inspection.courant.rights.requests(openOnly: true).count
        return try await inspection.rehearse(.active) { stage, canary in
            let rights = stage.courant.rights
            let before = Set(try await rights.requests().map(\.id))
            try await rights.restrict(.address(canary.address, by: .host))
            let made = try await rights.requests().filter { !before.contains($0.id) }
            guard made.map(\.kind) == [.restriction], made.first?.outcome == .done else {
                return .broken("A request that was served does not stand on the register.")
            }
            return .seen(
                "A request that is served stands on the register; \(open) open, none overdue",
                unseen: "requests by letter, telephone or mail that nobody wrote down: courant subscriber requests open"
            )
        }
    }

    private static let audited = PromiseCheck(
        "audit-is-whole", "what staff do is written down in a chain that nobody has edited or cut", reaches: .proven
    ) { inspection, _ in
        let verdict = try await inspection.courant.audit.verify()
        return verdict.flaw.map { .broken($0.words) } ?? .proven("\(verdict.entries) entries, each as it was written")
    }
}

extension Inspection {
    /// A link as the mail would carry it; no mail goes.
    func privacyLink(_ canary: Canary, for time: Duration = .seconds(60)) async throws -> String {
        let token = Token.random()
        let expires = courant.clock.now() + time
        try await courant.store.write {
            try $0.insert(token.hash, purpose: .privacy, subscriptions: [canary.id], expires: expires)
        }
        return token.text
    }

    fileprivate func export(_ canary: Canary) async throws -> ExportReading {
        let answer = try await get("/privacy/\(try await privacyLink(canary))/export.json")
        return ExportReading(answer.body) ?? ExportReading([:])
    }
}
