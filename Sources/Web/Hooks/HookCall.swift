import Crypto
package import Foundation
package import HTTPTypes

/// One call as it came.
package struct HookCall: Sendable {
    package let headers: HTTPFields
    package let body: [UInt8]
    package let now: Date
    /// Whom to ask for the certificates of those who sign with one.
    package let sns: SNSClient

    package init(headers: HTTPFields, body: [UInt8], now: Date, sns: SNSClient = SNSClient { _ in nil }) {
        self.headers = headers
        self.body = body
        self.now = now
        self.sns = sns
    }

    func header(_ name: String) -> String? { HTTPField.Name(name).flatMap { headers[$0] } }

    /// Nobody replays what is older, or by a clock that is further off.
    static let tolerance: TimeInterval = 300

    /// - Parameter timestamp: seconds since 1970.
    func isFresh(_ timestamp: String?, within tolerance: TimeInterval = tolerance) -> Bool {
        guard let seconds = timestamp.flatMap({ Double($0) }) else { return false }
        return abs(now.timeIntervalSince1970 - seconds) <= tolerance
    }
}

/// A call that is the provider's own.
package struct OpenedCall: Sendable {
    package let events: [JSONValue]
    /// The digest of what the provider has signed: whoever sends the same again is told that it is done, and it is. Nil
    /// where nothing is signed: who knows the password need not replay.
    package let receipt: Data?

    init(_ events: [JSONValue], signed: Data? = nil) {
        self.events = events
        receipt = signed.map { Data(SHA256.hash(data: $0)) }
    }
}

/// Why a call is not taken, named for the answer.
package enum HookFailure: Error, Equatable {
    /// No password, or another's; the scheme to ask for.
    case unauthorized(HookCredentials.Scheme)
    /// Not signed by the provider, not meant for us, or too old.
    case forged
    /// What the provider would not send.
    case malformed
    /// Cannot be checked now: whom we must ask for that does not answer.
    case later
}
