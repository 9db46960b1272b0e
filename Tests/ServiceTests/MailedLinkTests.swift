import Foundation
import Newsletter
import Testing

@Suite struct MailedLinkTests {
    private let id = SubscriptionID(number: 0x0011_2233_4455_6677_8899_aabb_ccdd_eeff)

    /// With one known link key, of the number 7.
    private func keyring() throws -> Keyring {
        let known = Data(0..<32).base64EncodedString()
        let file = """
            {"sealing":{"1":"\(known)"},"links":{"7":"\(known)"},"index":"\(known)","fingerprints":"\(known)",
            "receipts":"\(known)"}
            """
        return try JSONDecoder().decode(Keyring.self, from: Data(file.utf8))
    }

    /// These stand in mailboxes. They were computed with another program's HMAC.
    @Test func `a link is spelt as it always was`() throws {
        let keyring = try keyring()
        #expect(UnsubscribeLink(id, place: .body, keyring: keyring).text == Self.body)
        #expect(UnsubscribeLink(id, place: .header, keyring: keyring).text == Self.header)
        #expect(KeepLink(id, keyring: keyring).text == Self.keep)
    }

    @Test func `no link does the work of another`() throws {
        let keyring = try keyring()
        for text in [Self.body, Self.header] {
            #expect(UnsubscribeLink(text, keyring: keyring)?.subscription == id)
            #expect(KeepLink(text, keyring: keyring) == nil)
        }
        #expect(KeepLink(Self.keep, keyring: keyring)?.subscription == id)
        #expect(UnsubscribeLink(Self.keep, keyring: keyring) == nil)
    }

    @Test func `no other spelling is a link`() throws {
        let (keyring, text) = (try keyring(), Array(Self.keep))
        for place in text.indices {
            var forged = text
            forged[place] = forged[place] == "A" ? "B" : "A"
            #expect(KeepLink(String(forged), keyring: keyring) == nil)
        }
        for other in ["", "A", String(Self.keep.dropLast()), Self.keep + "A", Self.keep + "="] {
            #expect(KeepLink(other, keyring: keyring) == nil)
        }
        #expect(KeepLink(Self.keep, keyring: .random()) == nil)
    }

    private static let body = "AQdiABEiM0RVZneImaq7zN3u_5m_fBVihbx21DCw5xktO1Q"
    private static let header = "AQdoABEiM0RVZneImaq7zN3u_-no-pPq31UFtXsqFR8cQ6k"
    private static let keep = "AQdrABEiM0RVZneImaq7zN3u_xCzcdHJg3v4fcAT-edtTH0"
}
