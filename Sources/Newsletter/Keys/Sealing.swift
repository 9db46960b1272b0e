import Crypto
package import Foundation
package import Mail

/// Bytes that only the keyring can read: `number of the key ‖ nonce ‖ ciphertext ‖ tag` (AES-256-GCM). What they belong to
/// is authenticated with them, so that no row's secret can be moved to another row.
package struct Sealed: Sendable, Hashable {
    package let bytes: Data

    package init(bytes: Data) {
        self.bytes = bytes
    }

    /// The number of the key it is sealed with.
    package var keyNumber: UInt8? { bytes.first }
}

/// A subscriber, as sealed and as read: the only place where an address and a name stand together.
package struct Person: Sendable, Equatable, Redacted {
    package var address: EmailAddress
    package var name: PersonName?
    /// Only on a list that asks for it, or once did.
    package var company: CompanyName?

    package init(address: EmailAddress, name: PersonName?, company: CompanyName? = nil) {
        self.address = address
        self.name = name
        self.company = company
    }

    /// What a list may keep of it.
    package func asked(by list: MailingList) -> Person {
        Person(address: address, name: name, company: list.asksCompany ? company : nil)
    }
}

/// The key file does not fit what it should open.
package enum SealingFailure: Error, Equatable {
    case unknownKey(UInt8)
    case damaged
}

extension Keyring {
    package func seal(_ plain: some DataProtocol, for owner: some DataProtocol) throws -> Sealed {
        guard let (number, key) = newestSealing else { throw SealingFailure.damaged }
        let box = try AES.GCM.seal(plain, using: key, authenticating: owner)
        guard let combined = box.combined else { throw SealingFailure.damaged }
        return Sealed(bytes: Data([number]) + combined)
    }

    package func open(_ sealed: Sealed, of owner: some DataProtocol) throws -> Data {
        guard let number = sealed.bytes.first else { throw SealingFailure.damaged }
        guard let key = sealingKey(number) else { throw SealingFailure.unknownKey(number) }
        do {
            return try AES.GCM.open(
                AES.GCM.SealedBox(combined: sealed.bytes.dropFirst()), using: key, authenticating: owner)
        } catch {
            throw SealingFailure.damaged
        }
    }

    /// The same under the newest key.
    package func reseal(_ sealed: Sealed, of owner: some DataProtocol) throws -> Sealed {
        try seal(open(sealed, of: owner), for: owner)
    }

    /// Address, name and company in one box: one opening a recipient. They are parted by NUL, which none can hold; where there
    /// is no company, nothing says that there could be one.
    package func seal(_ person: Person, for id: SubscriptionID) throws -> Sealed {
        var plain = Data(person.address.wire.utf8)
        plain.append(0)
        if let name = person.name { plain.append(contentsOf: name.text.utf8) }
        if let company = person.company { plain.append(contentsOf: [0] + company.text.utf8) }
        return try seal(plain, for: id.bytes)
    }

    package func person(_ sealed: Sealed, of id: SubscriptionID) throws -> Person {
        let plain = try open(sealed, of: id.bytes)
        guard let end = plain.firstIndex(of: 0),
            let address = EmailAddress(stored: String(decoding: plain[..<end], as: UTF8.self))
        else { throw SealingFailure.damaged }
        let rest = plain[plain.index(after: end)...]
        let name = rest.prefix { $0 != 0 }
        let company = rest[name.endIndex...].dropFirst()
        return Person(
            address: address,
            name: name.isEmpty ? nil : PersonName(stored: String(decoding: name, as: UTF8.self)),
            company: company.isEmpty ? nil : CompanyName(stored: String(decoding: company, as: UTF8.self)))
    }
}

extension Keyring {
    /// The blind index: finds an address's rows without revealing it to whoever holds the database alone.
    package func digest(of address: EmailAddress) -> Data {
        indexStamp.code(of: Data(address.key.utf8))
    }

    /// Of a recipient domain, to count what is said of it.
    func digest(ofDomain domain: String) -> Data {
        indexStamp.code(of: Data("domain \(domain)".utf8))
    }

    /// What stays of an address whose owner never wants to be written to again.
    package func fingerprint(of address: EmailAddress) -> Data {
        fingerprintStamp.code(of: Data(address.key.utf8))
    }

    package func blindIndex(of address: EmailAddress) -> BlindIndex {
        BlindIndex(digest: digest(of: address), fingerprint: fingerprint(of: address))
    }
}
