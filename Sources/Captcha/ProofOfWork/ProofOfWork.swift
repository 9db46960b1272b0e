import Crypto
package import Foundation
import Synchronization

/// A captcha of our own, which asks nobody else: the visitor's machine looks for a number whose hash is given, which
/// costs a person a moment that they do not notice and a robot that moment for every mail. The protocol is ALTCHA's.
///
/// The key lives as long as this process, and so does the memory of what was handed in already. Whatever an earlier
/// process gave out or took is void, so that nothing counts twice. Nothing is kept of a challenge that nobody solves.
package final class ProofOfWork: Captcha {
    /// Numbers are looked for up to this: a tenth of a second on a desk, a second or two on an old telephone.
    package static let hardest = 200_000
    /// Below, a robot would not notice it; beyond, a telephone's owner would give up.
    package static let difficulties = 10_000...5_000_000
    package static let lifetime: Duration = .seconds(1200)

    package let field: String? = "altcha"
    private let key = SymmetricKey(size: .bits256)
    private let hardest: Int
    private let spent: Mutex<SpentChallenges>

    /// `mostSpent` bounds the memory: 32 bytes and a little more for each.
    package init(hardest: Int = ProofOfWork.hardest, mostSpent: Int = 200_000) {
        self.hardest = hardest
        spent = Mutex(SpentChallenges(limit: mostSpent, lifetime: Self.lifetime))
    }

    package func challenge(now: Date) -> CaptchaChallenge? {
        let salt = Salt(expires: now.addingTimeInterval(Self.lifetime / .seconds(1)))
        let challenge = Self.hash(salt.text, Int.random(in: 0...hardest))
        return CaptchaChallenge(
            algorithm: "SHA-256", challenge: challenge.hex, maxnumber: hardest, salt: salt.text,
            signature: signature(of: challenge.hex).hex)
    }

    package func verify(_ response: String, action: String?, now: Date) async -> CaptchaVerdict {
        guard !response.utf8.isEmpty else { return .refused(.missing) }
        guard let proof = Proof(response), let salt = Salt(proof.salt), let signature = Data(hex: proof.signature),
            let challenge = Data(hex: proof.challenge), (0...hardest).contains(proof.number),
            HMAC<SHA256>.isValidAuthenticationCode(
                signature, authenticating: Data(proof.challenge.utf8), using: key),
            Self.hash(proof.salt, proof.number) == challenge
        else { return .refused(.failed) }
        guard salt.expires > now else { return .refused(.spent) }
        return spent.withLock { $0.spend(challenge, now: now) }
    }

    private func signature(of challenge: String) -> Data {
        Data(HMAC<SHA256>.authenticationCode(for: Data(challenge.utf8), using: key))
    }

    private static func hash(_ salt: String, _ number: Int) -> Data {
        Data(SHA256.hash(data: Data("\(salt)\(number)".utf8)))
    }
}

/// What the visitor's machine is to solve, as ALTCHA has it: the `number` up to `maxnumber` for which the SHA-256 of
/// `salt` and `number` is `challenge`.
package struct CaptchaChallenge: Codable, Sendable, Equatable {
    package let algorithm: String
    package let challenge: String
    package let maxnumber: Int
    package let salt: String
    package let signature: String
}
