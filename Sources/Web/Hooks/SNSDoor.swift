import Crypto
import CryptoExtras
import Foundation
@_spi(FixedExpiryValidationTime) import X509

/// Calls of Amazon's SNS, and of Scaleway's service of the same protocol: each message is signed with the key of a
/// certificate that is fetched from the service itself.
///
/// A good signature only says that *somebody's* topic sent it: so the topic is looked at first, and must be one of
/// ours. A subscription to it is confirmed by itself, at a URL that we build; the one in the call is not touched.
/// Messages without signature ("raw delivery") are refused.
struct SNSDoor: Sendable {
    private let topics: [SNSTopic]
    /// Those who must have issued the certificate; nil: where it comes from is enough.
    private let authorities: [Certificate]?

    init?(topics: [String], of services: [SNSService], authorities: [Certificate]? = nil) {
        self.topics = topics.compactMap { SNSTopic($0, of: services) }
        self.authorities = authorities
        guard !topics.isEmpty, self.topics.count == topics.count, authorities?.isEmpty != true else { return nil }
    }

    /// The providers try again for less than an hour.
    private static let tolerance: TimeInterval = 3600

    func open(_ call: HookCall) async throws(HookFailure) -> OpenedCall {
        let message = try JSONValue(call.body)
        guard let topic = topics.first(where: { $0.arn == message["TopicArn"].text }),
            let time = message["Timestamp"].text.flatMap(Self.date),
            call.isFresh(String(time.timeIntervalSince1970), within: Self.tolerance),
            let url = message["SigningCertURL"].text, topic.service.hasCertificate(at: url),
            let signed = Self.signed(message)
        else { throw .forged }
        let certificate = try await call.sns.certificate(at: url)
        guard await isGood(certificate, at: call.now), Self.isSigned(message, signed, certificate) else {
            throw .forged
        }
        return OpenedCall(try await events(of: message, topic, call.sns), signed: signed)
    }

    private func events(
        of message: JSONValue, _ topic: SNSTopic, _ client: SNSClient
    ) async throws(HookFailure) -> [JSONValue] {
        switch message["Type"].text {
        // What is no JSON is Amazon's greeting, when a topic is set.
        case "Notification": return (try? JSONValue(Array((message["Message"].text ?? "").utf8)))?.items ?? []
        case "SubscriptionConfirmation":
            guard let token = message["Token"].text, (1...1024).contains(token.utf8.count),
                token.utf8.allSatisfy(SNSService.mayStandInName)
            else { throw .malformed }
            try await client.get(topic.service.confirmation(of: topic, token: token))
            return []
        default: return []
        }
    }

    // MARK: Signature

    /// Each name and value on a line of its own, the last one too; those that are there.
    private static func signed(_ message: JSONValue) -> Data? {
        let names: [String]
        switch message["Type"].text {
        case "Notification": names = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
        case "SubscriptionConfirmation", "UnsubscribeConfirmation":
            names = ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
        default: return nil
        }
        return names.reduce(into: Data()) { signed, name in
            if let value = message[name].text { signed += Data("\(name)\n\(value)\n".utf8) }
        }
    }

    private static func isSigned(_ message: JSONValue, _ signed: Data, _ certificate: Certificate) -> Bool {
        guard let key = _RSA.Signing.PublicKey(certificate.publicKey),
            let code = message["Signature"].text.flatMap({ Data(base64Encoded: $0) })
        else { return false }
        let signature = _RSA.Signing.RSASignature(rawRepresentation: code)
        switch message["SignatureVersion"].text {
        case "1":
            return key.isValidSignature(signature, for: Insecure.SHA1.hash(data: signed), padding: .insecurePKCS1v1_5)
        case "2": return key.isValidSignature(signature, for: SHA256.hash(data: signed), padding: .insecurePKCS1v1_5)
        default: return false
        }
    }

    private func isGood(_ certificate: Certificate, at now: Date) async -> Bool {
        guard certificate.notValidBefore <= now, now <= certificate.notValidAfter else { return false }
        guard let authorities else { return true }
        var verifier = Verifier(rootCertificates: CertificateStore(authorities)) {
            RFC5280Policy(fixedExpiryValidationTime: now)
        }
        let verdict = await verifier.validate(leaf: certificate, intermediates: CertificateStore())
        if case .validCertificate = verdict { return true } else { return false }
    }

    /// `2026-11-28T06:00:00.000Z`.
    private static func date(_ text: String) -> Date? {
        (try? Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
            ?? (try? Date(text, strategy: Date.ISO8601FormatStyle()))
    }
}
