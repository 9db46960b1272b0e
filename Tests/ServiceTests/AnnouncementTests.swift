import CourantAPI
import CourantTesting
import Foundation
import HTTPTypes
import Mail
import Newsletter
import Testing
import Wiring

@testable import Web

/// Who has consented elsewhere is told that the list has moved here, where that is wished for.
@Suite struct AnnouncementTests {
    private static let file = """
        email,name,confirmed_at,state
        ann@example.org,Ann,2025-04-03,
        bob@example.org,,2025-05-01,
        cy@example.org,,2025-05-01,restricted

        """

    @Test func `each is told once where the list was, and who leaves by it is gone at once`() async throws {
        let app = try await TestApp.start()
        try await app.move(Self.file, announces: true)
        #expect(try await app.active() == 2)
        try await app.deliverAllMail()
        #expect(app.relay.mails.count == 2 && app.relay.mails(to: "cy@example.org").isEmpty)
        let mail = try #require(app.relay.mails(to: "ann@example.org").last)
        #expect(mail.text.contains("our stand at the fair") && mail.text.contains("Example News"))
        #expect(mail.text.contains("List-Unsubscribe-Post:") && mail.text.contains("From: Example News"))
        try await app.unsubscribe("ann@example.org")
        #expect(try await app.active() == 1)
        #expect(try await app.courant.rights.find(EmailAddress("ann@example.org"), inFull: true, by: .host).isEmpty)
        // A second file with the same people tells nobody again.
        try await app.move(Self.file.replacing("ann@example.org", with: "bob@example.org"), announces: true)
        try await app.deliverAllMail()
        #expect(app.relay.mails.count == 2)
    }

    @Test func `it is told at a pace, and to nobody who has left before their turn`() async throws {
        let app = try await TestApp.start()
        let lines = (0..<60).map { "reader\($0)@example.org,2025-04-03" }
        try await app.move((["email,confirmed_at"] + lines).joined(separator: "\n") + "\n", announces: true)
        #expect(try await app.active() == 60)
        try await app.deliverAllMail()
        #expect(app.relay.mails.count == 20)
        try await app.courant.rights.erase(.address(EmailAddress("reader30@example.org"), by: .host))
        app.clock.advance(.seconds(1))
        try await app.deliverAllMail()
        #expect(app.relay.mails.count == 39)
        app.clock.advance(.seconds(1))
        try await app.deliverAllMail()
        #expect(app.relay.mails.count == 59)
    }

    @Test func `unasked, nobody is told, and who is asked anyhow is not told as well`() async throws {
        let web = try await WebApp.start()
        try await web.app.move(Self.file)
        try await web.app.deliverAllMail()
        #expect(web.app.relay.mails.isEmpty)
        var pia = try await web.token("Pia", .privacy)
        pia[.idempotencyKey] = "k"
        let answer = try await web.json(
            "/api/v1/uploads", #"{"list":"news","basis":"consent","source":"x","announce":true}"#, pia)
        #expect(answer.problem?.errors?.first?.field == "announce")
    }
}
