package import Foundation

/// A member with what their token is known by, as the store keeps it.
package struct StaffLogin: Sendable {
    package var member: StaffMember
    package let tokenID: String
    package let tokenHash: Data
    /// That we gave it out. Nil from before there were seals, and where somebody else wrote it.
    package private(set) var seal: Data?

    package init(member: StaffMember, tokenID: String, tokenHash: Data, seal: Data?) {
        self.member = member
        self.tokenID = tokenID
        self.tokenHash = tokenHash
        self.seal = seal
    }

    func sealed(_ keyring: Keyring) -> StaffLogin {
        var login = self
        login.seal = keyring.grantSeal.seal(self)
        return login
    }
}

package protocol StaffRecords {
    func insert(_ login: StaffLogin) throws
    func login(tokenID: String) throws -> StaffLogin?
    func logins() throws -> [StaffLogin]
    func staff(named: String) throws -> StaffMember?
    func staff() throws -> [StaffMember]
    func used(_ name: String, at: Date) throws
    /// Its end and its seal.
    func renew(_ login: StaffLogin) throws
    /// Gives its seal to one that has none, unless its token is another by now.
    func adopt(_ login: StaffLogin) throws
    func deleteStaff(_ name: String) throws
}
