import CourantTesting
import Foundation
import Mail
import Newsletter
import Testing
import Wiring

@Suite struct SealingTests {
    let keyring = Keyring.random()
    let id = SubscriptionID.random()

    private func person(_ address: String = "Ann.Example@example.org", _ name: String? = "Zoë") throws -> Person {
        Person(address: try EmailAddress(address), name: try name.map { try PersonName($0) })
    }

    @Test(arguments: [nil, "Ann", "Zoë Ångström", "王小明"]) func `what is sealed comes back`(_ name: String?) throws {
        let person = try person("ann@example.org", name)
        #expect(try keyring.person(keyring.seal(person, for: id), of: id) == person)
    }

    @Test(arguments: [nil, "Zoë"]) func `a company is in the same box, and without one the box is as it ever was`(
        _ name: String?
    ) throws {
        let company = try CompanyName("Søn & Datter A/S")
        var person = try person("ann@example.org", name)
        let plain = try keyring.open(keyring.seal(person, for: id), of: id.bytes)
        #expect(plain.elementsEqual("ann@example.org\0\(name ?? "")".utf8))
        person.company = company
        #expect(try keyring.person(keyring.seal(person, for: id), of: id) == person)
    }

    @Test func `the same person sealed twice looks different each time`() throws {
        let sealed = try (0..<100).map { _ in try keyring.seal(person(), for: id) }
        #expect(Set(sealed).count == 100)
        for one in sealed { ByteSearch("sealed", one.bytes.base64EncodedString()).expectNothing(of: ["Ann.Example"]) }
    }

    @Test func `one bit changed, one byte cut, another row or another keyring: it does not open`() throws {
        let sealed = try keyring.seal(person(), for: id).bytes
        for index in sealed.indices {
            for bit in 0..<8 {
                var changed = sealed
                changed[index] ^= 1 << bit
                #expect(throws: SealingFailure.self) { try keyring.person(Sealed(bytes: changed), of: id) }
            }
        }
        for length in 0..<sealed.count {
            #expect(throws: SealingFailure.self) { try keyring.person(Sealed(bytes: sealed.prefix(length)), of: id) }
        }
        #expect(throws: SealingFailure.damaged) { try keyring.person(Sealed(bytes: sealed), of: .random()) }
        #expect(throws: SealingFailure.damaged) { try Keyring.random().person(Sealed(bytes: sealed), of: id) }
        #expect(throws: SealingFailure.unknownKey(7)) {
            try keyring.person(Sealed(bytes: [7] + sealed.dropFirst()), of: id)
        }
    }

    @Test func `the blind index finds a mailbox however it is typed, and tells nothing to who lacks the key`() throws {
        let (typed, other) = (try EmailAddress("Ann@Example.ORG"), try EmailAddress("ann@example.org"))
        #expect(keyring.digest(of: typed) == keyring.digest(of: other))
        #expect(keyring.digest(of: typed) != Keyring.random().digest(of: typed))
        #expect(keyring.digest(of: typed) != keyring.fingerprint(of: typed))
        #expect(keyring.digest(of: typed) != keyring.digest(of: try EmailAddress("ann+x@example.org")))
    }

    @Test func `the key file gives back the keyring, and is its owner's alone`() throws {
        let directory = try URL.temporary()
        let path = directory.appending(path: "deep/courant.keys").path
        let made = try KeyFile.open(path, database: "courant.db", exists: false)
        let read = try KeyFile.open(path, database: "courant.db", exists: false)
        #expect(try read.person(made.seal(person(), for: id), of: id) == person() && read.check == made.check)
        let facts = try FileManager.default.attributesOfItem(atPath: path)
        #expect((facts[.posixPermissions] as? NSNumber)?.intValue == 0o600)
    }

    @Test func `no key stands in the keyring's name for a database`() throws {
        let file = try JSONSerialization.jsonObject(with: JSONEncoder().encode(keyring)) as? [String: Any]
        let keys = try #require(file).values.flatMap {
            ($0 as? [String: String])?.values.map(\.self) ?? [$0 as? String ?? ""]
        }
        #expect(keys.count == 5 && keys.allSatisfy { Data(base64Encoded: $0)?.count == 32 })
        #expect(!keys.contains(keyring.check.base64EncodedString()))
    }

    @Test(arguments: ["", "{}", "[]", "null", #"{"sealing":{},"links":{},"index":"","fingerprints":"","receipts":""}"#])
    func `what is no key file is refused`(_ text: String) {
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(Keyring.self, from: Data(text.utf8)) }
    }

    @Test func `a mail of the outbox is sealed whole, and only as one`() throws {
        let sealed = try keyring.seal(person(), for: id)
        #expect(throws: (any Error).self) { try keyring.outboxMail(sealed) }
    }
}
