import Crypto
import Foundation
import Reports

/// SendGrid's signed event webhook: ECDSA on P-256 over timestamp and body, many events a call.
struct SendGridHook: HookFormat {
    private let key: P256.Signing.PublicKey

    /// - Parameter key: the verification key, as SendGrid shows it.
    init?(key: String) {
        guard let key = Data(base64Encoded: key).flatMap({ try? P256.Signing.PublicKey(derRepresentation: $0) }) else {
            return nil
        }
        self.key = key
    }

    func open(_ call: HookCall) throws(HookFailure) -> OpenedCall {
        guard let timestamp = call.header("X-Twilio-Email-Event-Webhook-Timestamp"), call.isFresh(timestamp),
            let code = call.header("X-Twilio-Email-Event-Webhook-Signature").flatMap({ Data(base64Encoded: $0) }),
            let signature = try? P256.Signing.ECDSASignature(derRepresentation: code)
        else { throw .forged }
        let signed = Data(timestamp.utf8) + call.body
        guard key.isValidSignature(signature, for: signed) else { throw .forged }
        return OpenedCall(try JSONValue(call.body).items, signed: signed)
    }

    /// A unique argument of the mail's stands among the event's own fields.
    func report(_ event: JSONValue) -> Report? {
        let marks: [Mark] = .echo(event["courant"].text)
        switch (event["event"].text, event["type"].text) {
        case ("spamreport", _): return .told(marks, .complaint)
        case ("unsubscribe", _), ("group_unsubscribe", _): return .told(marks, .leave)
        case ("bounce", "blocked"): return .told(marks, .ours)
        case ("bounce", _):
            return .told(marks, status: event["status"].text, words: event["reason"].text, otherwise: .strike)
        case ("dropped", _): return dropped(event["reason"].text ?? "", marks)
        case ("deferred", _): return .told(marks, .delayed)
        default: return nil
        }
    }

    /// As a rule they are on SendGrid's own list of those who bounced, and nothing was tried.
    private func dropped(_ reason: String, _ marks: [Mark]) -> Report {
        let aboutUs = ["Invalid SMTPAPI header", "Spam Content", "Recipient List over Package Quota"]
        return .told(marks, aboutUs.contains { reason.hasPrefix($0) } ? .ours : .strike)
    }
}
