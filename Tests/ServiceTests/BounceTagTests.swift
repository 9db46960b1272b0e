import CourantTesting
import Foundation
import Mail
import Newsletter
import SQLStore
import Testing
import Wiring

@Suite struct BounceTagTests {
    @Test func `a tag names its subscription, also when a mail server has folded its case`() {
        let keyring = Keyring.random()
        let id = SubscriptionID.random()
        let tag = BounceTag(id, keyring: keyring)
        #expect(tag.text.utf8.count == 44)
        #expect(BounceTag(tag.text.uppercased(), keyring: keyring)?.subscription == id)
        #expect(BounceTag(tag.text, keyring: .random()) == nil)
    }

    @Test func `no other spelling is a tag`() {
        let keyring = Keyring.random()
        let text = Array(BounceTag(.random(), keyring: keyring).text)
        for place in text.indices.dropLast() {
            var forged = text
            forged[place] = forged[place] == "a" ? "b" : "a"
            #expect(BounceTag(String(forged), keyring: keyring) == nil)
        }
        for other in ["", "a", String(repeating: "a", count: 44), String(text.dropLast()), String(text) + "a"] {
            #expect(BounceTag(other, keyring: keyring) == nil)
        }
    }

    @Test func `with a bounce domain every mail has an envelope sender of its own`() async throws {
        let app = try await TestApp.start { $0.mailBounceDomain = "bounces.example.org" }
        try await app.subscribe("ann@example.org")
        try await app.launch()
        try await app.deliverAllMail()
        let senders = app.relay.mails.compactMap(\.sender)
        #expect(senders.allSatisfy { $0.hasPrefix("bounce+") && $0.hasSuffix("@bounces.example.org") })
        #expect(Set(senders).count == 1, "one subscription, one tag")
    }
}
