/// `arn:aws:sns:eu-north-1:123456789012:bounces`: a topic of ours, where it is, and so where a subscription to it is
/// confirmed.
struct SNSTopic: Sendable, Equatable {
    let arn: String
    let service: SNSService
    let region: String

    init?(_ arn: String, of services: [SNSService]) {
        let parts = arn.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        guard parts.count == 6, parts[0] == "arn", parts[2] == "sns", arn.utf8.count <= 300,
            let service = services.first(where: { $0.rawValue == parts[1] }),
            parts[3...].allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(SNSService.mayStandInName) }),
            parts[3].utf8.allSatisfy(SNSService.mayStandInRegion)
        else { return nil }
        self.arn = arn
        self.service = service
        region = parts[3]
    }
}

/// Whose SNS it is, as the second part of a topic's name says.
enum SNSService: String, Sendable {
    case amazon = "aws"
    case amazonChina = "aws-cn"
    case amazonGovernment = "aws-us-gov"
    case scaleway = "scw"

    static let amazons = [amazon, amazonChina, amazonGovernment]

    /// Whether a certificate may come from there: only hosts that nobody else can have, and a path that nobody else's
    /// file has (`https://sns.eu-north-1.amazonaws.com/SimpleNotificationService-0123abcd.pem`).
    func hasCertificate(at url: String) -> Bool {
        let parts = url.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        guard url.utf8.count <= 200, parts.count >= 4, parts[0] == "https:", parts[1].isEmpty,
            parts[3...].allSatisfy({ !$0.utf8.allSatisfy { $0 == UInt8(ascii: ".") } }),
            parts[3...].allSatisfy({ $0.utf8.allSatisfy(Self.mayStandInName) }), url.hasSuffix(".pem")
        else { return false }
        if self == .scaleway { return parts[2] == "messaging.s3.fr-par.scw.cloud" }
        return parts.count == 4 && parts[3].hasPrefix("SimpleNotificationService-") && isHost(parts[2])
    }

    private func isHost(_ host: String) -> Bool {
        let labels = host.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        let end = self == .amazonChina ? ["amazonaws", "com", "cn"] : ["amazonaws", "com"]
        return labels.count == end.count + 2 && labels[0] == "sns" && Array(labels[2...]) == end
            && !labels[1].isEmpty && labels[1].utf8.allSatisfy(Self.mayStandInRegion)
    }

    /// Built of what we know: the URL that comes with the call may be anybody's.
    func confirmation(of topic: SNSTopic, token: String) -> String {
        let host =
            switch self {
            case .amazon, .amazonGovernment: "sns.\(topic.region).amazonaws.com"
            case .amazonChina: "sns.\(topic.region).amazonaws.com.cn"
            case .scaleway: "sns.mnq.\(topic.region).scaleway.com"
            }
        return "https://\(host)/?Action=ConfirmSubscription&Version=2010-03-31&TopicArn=\(topic.arn)&Token=\(token)"
    }

    static func mayStandInRegion(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "-")
    }

    static func mayStandInName(_ byte: UInt8) -> Bool {
        mayStandInRegion(byte) || (0x41...0x5A).contains(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".")
    }
}
