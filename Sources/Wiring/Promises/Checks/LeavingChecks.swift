import Foundation
import Newsletter
import Outbound

/// The unsubscribe link.
extension PromiseCheck {
    static let leaving = [leavingDeletes, leavingIsEasy, linksGoOnWorking]

    private static let leavingDeletes = PromiseCheck(
        "leaving-deletes",
        "somebody presses the unsubscribe link: the row is gone with the answer, the bytes of address and name within the time",
        parameters: ["within": .time]
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
                ? .kept("Gone with the answer, and no byte of it on the disk within \(limit.words)")
                : .broken("\(found.joined(separator: ", ")) still holds the address \(limit.words) after the answer.")
        }
    }

    private static let leavingIsEasy = PromiseCheck(
        "leaving-is-easy",
        "the unsubscribe link's page asks for nothing: no login, no address to type, no captcha; looking at it changes nothing"
    ) { inspection, _ in
        try await inspection.withCanary { canary in
            let path = "/unsubscribe/\(inspection.unsubscribeLink(canary).text)"
            for _ in 0..<2 {
                let page = try await inspection.get(path)
                guard page.status == 200, page.text.contains("method=\"post\""), page.text.contains("<button") else {
                    return .broken("The link's page has no button (status \(page.status)).")
                }
                if let obstacle = page.obstacle { return .broken("The link's page has \(obstacle).") }
            }
            return try await inspection.isStored(canary)
                ? .kept("One button; opening the page twice changed nothing")
                : .broken("Opening the link unsubscribes: mail gateways that open links would, too.")
        }
    }

    private static let linksGoOnWorking = PromiseCheck(
        "every-link-works",
        "links of every key that ever made them, of people long gone too, are answered alike; a forged one is not taken"
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
            ? .kept("An old link answers 200 each time; a forged one 404")
            : .broken("A forged link was answered with \(refused.status) and not 404.")
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
