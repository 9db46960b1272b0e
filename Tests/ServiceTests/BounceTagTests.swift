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
        #expect(tag.text.utf8.count == 50)
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
        for other in [
            "", "a", String(repeating: "a", count: 44), String(repeating: "a", count: 50), String(text.dropLast()),
            String(text) + "a",
        ] {
            #expect(BounceTag(other, keyring: keyring) == nil)
        }
    }

    @Test func `a tag names its campaign, and does no other's work`() {
        let keyring = Keyring.random()
        let (report, leave) = (
            BounceTag(.random(), campaign: 42, keyring: keyring),
            BounceTag(.random(), campaign: 42, for: .leave, keyring: keyring)
        )
        #expect(BounceTag(report.text, keyring: keyring)?.purpose == .report)
        #expect(BounceTag(leave.text, keyring: keyring)?.purpose == .leave)
        #expect(BounceTag(report.text, keyring: keyring)?.campaign == 42)
        #expect("bounce+\(report.text)".utf8.count == 57)
    }

    @Test func `a tag of an older version is still read`() throws {
        let file =
            #"{"sealing":{"1":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="},"links":{"1":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="},"index":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","fingerprints":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","receipts":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}"#
        let keyring = try JSONDecoder().decode(Keyring.self, from: Data(file.utf8))
        let tag = try #require(BounceTag("aeabcirtirkwm54itgvlxtg5537yjpwq5ulm4p7olgna", keyring: keyring))
        #expect(tag.subscription.hex == "00112233445566778899aabbccddeeff")
        #expect(tag.campaign == nil && tag.purpose == .report)
    }

    @Test(arguments: [
        "bounce+%@@b.example", "prvs=190694bd6d=BOUNCE+%@@b.example", "<bounce=%@>",
        "SRS0=HHH=TT=b.example=bounce+%@@relay.example", "mailto:leave+%@@b.example?subject=unsubscribe",
    ])
    func `gateways may wrap it`(_ pattern: String) {
        let keyring = Keyring.random()
        let tag = BounceTag(.random(), campaign: 7, keyring: keyring)
        let text = pattern.replacingOccurrences(of: "%@", with: tag.text)
        #expect(BounceTag.find(in: text, keyring: keyring)?.subscription == tag.subscription)
        #expect(BounceTag.find(in: text, keyring: .random()) == nil)
    }

    @Test func `with a bounce domain every mail has an envelope sender of its own`() async throws {
        let app = try await TestApp.start { $0.mailBounceDomain = "bounces.example.org" }
        try await app.subscribe("ann@example.org")
        try await app.launch()
        try await app.deliverAllMail()
        let senders = app.relay.mails.compactMap(\.sender)
        #expect(senders.allSatisfy { $0.hasPrefix("bounce+") && $0.hasSuffix("@bounces.example.org") })
        #expect(Set(senders).count == 2, "of no campaign, and of the first")
        let tags = senders.compactMap { BounceTag.find(in: $0, keyring: app.courant.keyring) }
        #expect(Set(tags.map(\.subscription)).count == 1 && Set(tags.map(\.campaign)) == [nil, 1])
    }
}
