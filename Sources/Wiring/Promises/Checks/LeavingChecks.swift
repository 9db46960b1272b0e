import Foundation
import Newsletter
import Outbound

/// The unsubscribe link.
extension PromiseCheck {
    static let leaving = [leavingDeletes, leavingIsEasy, linksGoOnWorking]

    private static let leavingDeletes = PromiseCheck(
        "leaving-deletes",
        "somebody presses the unsubscribe link: the row is gone with the answer, the bytes of address and name within the time",
        reaches: .proven, parameters: ["within": .time]
    ) { inspection, parameters in
        try await inspection.withCanary { canary in
            let link = inspection.unsubscribeLink(canary).text
            let answer = try await inspection.post("/unsubscribe/\(link)", form: "List-Unsubscribe=One-Click")
            guard answer.status == 200 else {
                return .broken("The one-click POST was answered with \(answer.status) and not 200.")
            }
            guard try await !inspection.isStored(canary) else {
                return .broken("The answer was 200, and the subscription is still there.")
            }
            let limit = parameters.time("within", else: .seconds(1))
            let found = try await inspection.traces(of: canary, within: limit)
            return found.isEmpty
                ? inspection.gone("Gone with the answer", within: limit)
                : .broken("\(found.joined(separator: ", ")) still holds the address \(limit.words) after the answer.")
        }
    }

    private static let leavingIsEasy = PromiseCheck(
        "leaving-is-easy",
        "the unsubscribe link's page asks for nothing: no login, no address to type, no captcha; looking at it changes nothing",
        reaches: .proven, isRehearsed: true
    ) { inspection, _ in
        try await inspection.rehearse { stage, canary in
            let path = "/unsubscribe/\(stage.unsubscribeLink(canary).text)"
            for _ in 0..<2 {
                let page = try await stage.get(path)
                guard page.status == 200, page.text.contains("method=\"post\""), page.text.contains("<button") else {
                    return .broken("The link's page has no button (status \(page.status)).")
                }
                if let obstacle = page.obstacle { return .broken("The link's page has \(obstacle).") }
            }
            return try await stage.isStored(canary)
                ? .proven("One button; opening the page twice changed nothing")
                : .broken("Opening the link unsubscribes: mail gateways that open links would, too.")
        }
    }

    private static let linksGoOnWorking = PromiseCheck(
        "every-link-works",
        "links of people who are long gone are answered alike, under a key that is kept for ever; a forged one is not taken",
        reaches: .seen
    ) { inspection, _ in
        let genuine = UnsubscribeLink(.random(), place: .body, keyring: inspection.courant.keyring).text
        var answers: Set<String> = []
        for _ in 0..<2 {
            let answer = try await inspection.post("/unsubscribe/\(genuine)", form: "List-Unsubscribe=One-Click")
            answers.insert("\(answer.status) \(answer.text)")
        }
        guard answers.count == 1, answers.first?.hasPrefix("200 ") == true else {
            return .broken("The link of somebody who is gone is not answered with the same 200 each time.")
        }
        let first: Character = genuine.last == "A" ? "B" : "A"
        let forged = genuine.dropLast(6) + String(repeating: first, count: 6)
        let refused = try await inspection.post("/unsubscribe/\(forged)", form: "List-Unsubscribe=One-Click")
        return refused.status == 404
            ? .seen(
                "The link of somebody who is gone answers 200 each time; a forged one 404",
                unseen:
                    "whether names that http.public-url had earlier still lead here: open the link of your oldest mail")
            : .broken("A forged link was answered with \(refused.status) and not 404.")
    }
}

extension Inspection {
    /// That something was deleted, as far as the engine lets us look.
    func gone(_ words: String, within limit: Duration) -> Evidence {
        if depth == .brief { return .seen(words, unseen: "the files, which courantd promises searches") }
        if courant.settings.databaseFile == nil {
            return .seen(
                "\(words), and from every table within \(limit.words)",
                unseen:
                    "the server’s own files, its log of changes, replicas and dumps: they keep what was sealed, unreadable "
                    + "once courantd keys rotate has run")
        }
        return .proven("\(words), and no file of the data directory holds address or name within \(limit.words)")
    }
}

extension HTTPResponse {
    /// What a page for leaving must not have.
    fileprivate var obstacle: String? {
        if self["set-cookie"] != nil { return "a cookie" }
        for (mark, name) in [
            ("type=\"password\"", "a password field"), ("type=\"email\"", "an address field"),
            ("type=\"text\"", "a text field"), ("data-captcha", "a captcha"),
        ] where text.contains(mark) { return name }
        return nil
    }
}
