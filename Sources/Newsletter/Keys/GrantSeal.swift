import Crypto
import Foundation

/// Vouches for rows that give somebody a right: HMAC-SHA-256 under a key that is not in the database. Who can write the
/// database, or a backup of it, can make no login and no approval that is believed.
struct GrantSeal: Sendable {
    private let stamp: HMACKey

    init(_ keyring: Keyring) {
        stamp = HMACKey(
            HKDF<SHA256>.deriveKey(
                inputKeyMaterial: keyring.fingerprints, info: Data("courant grants".utf8), outputByteCount: 32))
    }

    func seal(_ login: StaffLogin) -> Data {
        code(
            "login",
            [
                login.member.name, login.member.role.rawValue, login.tokenID, login.tokenHash.hex,
                login.member.createdAt.milliseconds, login.member.expiresAt.milliseconds,
            ] + login.member.lists.map(\.text))
    }

    func vouches(for login: StaffLogin) -> Bool {
        login.seal.map { seal(login).equalsInConstantTime($0) } ?? false
    }

    func seal(_ approval: CampaignApproval, of campaign: Int64) -> Data {
        code(
            "approval",
            [
                String(campaign), approval.by, approval.at.milliseconds, approval.digest, String(approval.recipients),
            ])
    }

    func vouches(for approval: CampaignApproval, of campaign: Int64) -> Bool {
        seal(approval, of: campaign).equalsInConstantTime(approval.seal)
    }

    /// Each part is preceded by its length, so that no two grants have one text.
    private func code(_ kind: String, _ parts: [String]) -> Data {
        stamp.code(of: Data(([kind] + parts).map { "\($0.utf8.count):\($0)" }.joined().utf8))
    }
}

extension Keyring {
    var grantSeal: GrantSeal { GrantSeal(self) }
}

extension Date {
    /// As the store keeps it.
    fileprivate var milliseconds: String { String(Int64((timeIntervalSince1970 * 1000).rounded())) }
}
