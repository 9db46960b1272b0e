import Crypto
import CryptoExtras
import Foundation
import HTTPTypes
import SwiftASN1
import Newsletter
import Synchronization
import Web
import X509

/// Mail providers, played: with keys made for the tests, they sign as theirs do.
struct HookCaller: Sendable {
    var now = Date(timeIntervalSince1970: 1_790_000_000)
    /// What SNS is asked for and answers.
    let sns = SNSPlayed()

    static let password = "courant:a-long-password"
    static let shared = "key-0123456789abcdef"
    static let standard = SymmetricKey(data: Data(repeating: 7, count: 24))
    static let sendgrid = P256.Signing.PrivateKey()
    static let postal = try? _RSA.Signing.PrivateKey(keySize: .bits2048)
    static let topics: [HookProvider: String] = [
        .ses: "arn:aws:sns:eu-north-1:123456789012:bounces", .scaleway: "arn:scw:sns:fr-par:project-1:bounces",
    ]

    static func key(_ provider: HookProvider) -> String {
        switch provider {
        case .ses: ""
        case .generic, .mailgun: shared
        case .postmark, .brevo, .mailjet, .sparkpost: password
        case .sendgrid: sendgrid.publicKey.derRepresentation.base64EncodedString()
        case .resend: "whsec_" + Data(repeating: 7, count: 24).base64EncodedString()
        case .postal: postal?.publicKey.pemRepresentation ?? ""
        case .scaleway: SNSCertificate.scalewayAuthority?.pem ?? ""
        }
    }

    static func hook(_ provider: HookProvider) -> Hook? {
        Hook(
            provider: provider, secret: "path-secret-0123456789", key: key(provider),
            topics: topics[provider].map { [$0] } ?? [])
    }

    /// - Parameter tag: what the mail bore.
    func call(_ sample: HookSample, tag: String = "TAG") throws -> HookCall {
        let body = sample.body.replacing("TAG", with: tag).replacing("NOW", with: stamp)
        return try call(sample.provider, body)
    }

    func call(_ provider: HookProvider, _ body: String) throws -> HookCall {
        switch provider {
        case .ses, .scaleway: return message(SNSMessage(provider, body, at: now))
        case .mailgun: return mailgun(body)
        default:
            return HookCall(headers: try signature(provider, body), body: Array(body.utf8), now: now, sns: sns.client)
        }
    }

    func message(_ message: SNSMessage) -> HookCall {
        HookCall(headers: [.contentType: "text/plain; charset=UTF-8"], body: message.signed, now: now, sns: sns.client)
    }

    private var stamp: String { String(Int(now.timeIntervalSince1970)) }

    private func mailgun(_ body: String) -> HookCall {
        let (token, key) = ("0123456789abcdef\(body.hashValue)", SymmetricKey(data: Data(Self.shared.utf8)))
        let code = Self.code("\(stamp)\(token)", key).hex
        let text =
            #"{"signature":{"timestamp":"\#(stamp)","token":"\#(token)","signature":"\#(code)"},"event-data":\#(body)}"#
        return HookCall(headers: [:], body: Array(text.utf8), now: now, sns: sns.client)
    }

    private func signature(_ provider: HookProvider, _ body: String) throws -> HTTPFields {
        switch provider {
        case .generic:
            let code = Self.code("\(stamp).\(body)", SymmetricKey(data: Data(Self.shared.utf8))).hex
            return Self.fields(["X-Courant-Signature": "t=\(stamp),v1=\(code)"])
        case .sendgrid:
            let signature = try Self.sendgrid.signature(for: Data("\(stamp)\(body)".utf8)).derRepresentation
            return Self.fields([
                "X-Twilio-Email-Event-Webhook-Timestamp": stamp,
                "X-Twilio-Email-Event-Webhook-Signature": signature.base64EncodedString(),
            ])
        case .resend:
            let code = Self.code("msg_1.\(stamp).\(body)", Self.standard).base64EncodedString()
            return Self.fields(["svix-id": "msg_1", "svix-timestamp": stamp, "svix-signature": "v1,AAAA v1,\(code)"])
        case .postal:
            let digest = SHA256.hash(data: Data(body.utf8))
            let signature = try Self.postal?.signature(for: digest, padding: .insecurePKCS1v1_5).rawRepresentation
            return Self.fields(["X-Postal-Signature-256": (signature ?? Data()).base64EncodedString()])
        default: return [.authorization: "Basic \(Data(Self.password.utf8).base64EncodedString())"]
        }
    }

    private static func code(_ text: String, _ key: SymmetricKey) -> Data {
        Data(HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: key))
    }

    static func fields(_ values: [String: String]) -> HTTPFields {
        values.reduce(into: HTTPFields()) { fields, value in
            if let name = HTTPField.Name(value.key) { fields[name] = value.value }
        }
    }
}

extension HookProvider {
    /// Whether it signs what it sends.
    var signs: Bool { ![.postmark, .brevo, .mailjet, .sparkpost].contains(self) }
}

/// A message of SNS before it is signed: what is changed here is signed, what is changed in `signed` is not.
struct SNSMessage {
    var fields: [String: String]
    let provider: HookProvider
    var signer: SNSCertificate?

    init(_ provider: HookProvider, _ message: String, at time: Date, type: String = "Notification") {
        self.provider = provider
        signer = provider == .ses ? SNSCertificate.amazon : SNSCertificate.scaleway
        fields = [
            "Type": type, "MessageId": "19ba9823-d7f2-53c1-860e-cb10e0d13dfc",
            "TopicArn": HookCaller.topics[provider] ?? "",
            "Message": message, "Timestamp": time.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)),
            "SignatureVersion": "2", "SigningCertURL": signer?.url ?? "",
        ]
        if type != "Notification" {
            fields["Token"] = "2336412f37fb687f5d51e6e2425dacbb"
            fields["SubscribeURL"] = "https://169.254.169.254/latest/meta-data/"
        } else {
            fields["Subject"] = "Amazon SES Email Event Notification"
        }
    }

    var text: String {
        ["Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
            .compactMap { name in fields[name].map { "\(name)\n\($0)\n" } }.joined()
    }

    var signed: [UInt8] { signed(text) }

    func signed(_ text: String) -> [UInt8] {
        var fields = fields
        if fields["Signature"] == nil { fields["Signature"] = signer?.sign(text, version: fields["SignatureVersion"]) }
        return Array((try? JSONEncoder().encode(fields)) ?? Data())
    }
}

/// A key with a certificate, as it lies at its URL.
struct SNSCertificate: Sendable {
    let key: _RSA.Signing.PrivateKey
    let certificate: Certificate
    let url: String

    static let amazon = SNSCertificate(
        "sns.eu-north-1.amazonaws.com", "https://sns.eu-north-1.amazonaws.com/SimpleNotificationService-0123abcd.pem")
    static let expired = SNSCertificate(
        "sns.eu-north-1.amazonaws.com", "https://sns.eu-north-1.amazonaws.com/SimpleNotificationService-0000.pem",
        until: 1_780_000_000)
    static let scalewayAuthority = SNSCertificate("Scaleway's authority", "", isAuthority: true)
    static let scaleway = SNSCertificate(
        "sns.fr-par", "https://messaging.s3.fr-par.scw.cloud/fr-par/sns/sns-1.pem", by: scalewayAuthority)
    /// Signed by itself.
    static let impostor = SNSCertificate("sns.fr-par", "https://messaging.s3.fr-par.scw.cloud/fr-par/sns/sns-2.pem")
    static let all = [amazon, expired, scaleway, impostor].compactMap(\.self)

    init?(
        _ name: String, _ url: String, until end: TimeInterval = 1_890_000_000, isAuthority: Bool = false,
        by authority: SNSCertificate? = nil
    ) {
        guard let key = try? _RSA.Signing.PrivateKey(keySize: .bits2048),
            let subject = try? DistinguishedName(builder: { CommonName(name) }),
            let certificate = try? Certificate(
                version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: .init(key.publicKey),
                notValidBefore: Date(timeIntervalSince1970: 1_700_000_000),
                notValidAfter: Date(timeIntervalSince1970: end), issuer: authority?.certificate.subject ?? subject,
                subject: subject, signatureAlgorithm: .sha256WithRSAEncryption,
                extensions: Certificate.Extensions {
                    Critical(
                        isAuthority
                            ? BasicConstraints.isCertificateAuthority(maxPathLength: nil) : .notCertificateAuthority)
                },
                issuerPrivateKey: .init(authority?.key ?? key))
        else { return nil }
        (self.key, self.certificate, self.url) = (key, certificate, url)
    }

    var pem: String { (try? certificate.serializeAsPEM().pemString) ?? "" }

    func sign(_ text: String, version: String?) -> String? {
        let bytes = Data(text.utf8)
        let signature =
            version == "1"
            ? try? key.signature(for: Insecure.SHA1.hash(data: bytes), padding: .insecurePKCS1v1_5)
            : try? key.signature(for: SHA256.hash(data: bytes), padding: .insecurePKCS1v1_5)
        return signature?.rawRepresentation.base64EncodedString()
    }
}

/// The hosts of SNS: certificates at their URLs, and whatever confirms a subscription. It remembers what it was asked.
final class SNSPlayed: Sendable {
    private let questions = Mutex<[String]>([])
    private let isAway = Atomic(false)

    var asked: [String] { questions.withLock { $0 } }

    func goAway(_ away: Bool) { isAway.store(away, ordering: .sequentiallyConsistent) }

    var client: SNSClient {
        SNSClient { [self] url in
            questions.withLock { $0.append(url) }
            if isAway.load(ordering: .sequentiallyConsistent) { return nil }
            if let certificate = SNSCertificate.all.first(where: { $0.url == url }) {
                return Array(certificate.pem.utf8)
            }
            return url.contains("Action=ConfirmSubscription") ? [] : nil
        }
    }
}
