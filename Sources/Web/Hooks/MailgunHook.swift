import Crypto
import Foundation
import Newsletter
import Reports

/// Mailgun signs the time and a token, in the body itself; the rest of it is not covered, so that only the secret in
/// the path and the tag make it anybody's. A token is taken once.
struct MailgunHook: HookFormat {
    private let key: SymmetricKey

    init?(key: String) {
        guard key.utf8.count >= 16 else { return nil }
        self.key = SymmetricKey(data: Data(key.utf8))
    }

    func open(_ call: HookCall) throws(HookFailure) -> OpenedCall {
        let body = try JSONValue(call.body)
        let signature = body["signature"]
        guard let timestamp = signature["timestamp"].text, call.isFresh(timestamp), let token = signature["token"].text,
            let code = signature["signature"].text.flatMap({ Data(hex: $0) })
        else { throw .forged }
        let signed = Data("\(timestamp)\(token)".utf8)
        guard HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: signed, using: key) else { throw .forged }
        return OpenedCall(body["event-data"].items, signed: signed)
    }

    func report(_ event: JSONValue) -> Report? {
        let marks: [Mark] = .echo(event["user-variables"]["courant"].text)
        switch (event["event"].text, event["severity"].text) {
        case ("complained", _): return .told(marks, .complaint)
        case ("unsubscribed", _): return .told(marks, .leave)
        case ("failed", "temporary"): return .told(marks, .delayed)
        case ("failed", _): return failed(event, marks)
        default: return nil
        }
    }

    private func failed(_ event: JSONValue, _ marks: [Mark]) -> Report {
        let (reason, status) = (event["reason"].text ?? "", event["delivery-status"])
        // On Mailgun's own list of those who bounced: nothing was tried.
        if reason.hasPrefix("suppress-") { return .told(marks, .strike) }
        let words = [status["message"].text, status["description"].text].compactMap(\.self).first { !$0.isEmpty }
        // `old`: tried for as long as it tries.
        return .told(
            marks, status: status["enhanced-code"].text, words: words, otherwise: reason == "old" ? .soft : .strike)
    }
}
