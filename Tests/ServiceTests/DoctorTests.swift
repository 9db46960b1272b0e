import Captcha
import CourantTesting
import Foundation
import Mail
import Newsletter
import Outbound
import Testing
import Wiring

/// What the host's doctor says of what lies outside: only what was seen.
@Suite(.timeLimit(.minutes(20))) struct DoctorTests {
    private func examine(_ change: (inout Settings) -> Void) async throws -> [Doctor.Finding] {
        let directory = try URL.temporary()
        defer { try? FileManager.default.removeItem(at: directory) }
        var settings = Settings.sample(directory)
        change(&settings)
        return await Doctor(settings).examine()
    }

    private func relays(_ change: (inout Settings) -> Void) async throws -> [Doctor.Finding] {
        try await examine(change).filter { $0.subject == "relay" }
    }

    @Test func `signed in is who was signed in`() async throws {
        let plain = try SMTPScript()
        let asked = try SMTPScript(abilities: ["PIPELINING", "AUTH PLAIN LOGIN"])
        let well = try await relays { $0.relay = .local(port: plain.port) }
        #expect(well.map(\.verdict) == [.well] && well[0].words.contains("in the clear, without a login"))
        let lacking = try await relays {
            $0.relay = .local(port: plain.port)
            ($0.relay.user, $0.relay.password) = ("news", "correct horse")
        }
        #expect(lacking.map(\.verdict) == [.wrong] && lacking[0].words.contains("offers no login here"))
        let signed = try await relays {
            $0.relay = .local(port: asked.port)
            ($0.relay.user, $0.relay.password) = ("news", "correct horse")
        }
        #expect(signed.map(\.verdict) == [.well] && signed[0].words.contains("signed in"))
    }

    @Test func `a relay that would refuse every mail is not well`() async throws {
        let server = try SMTPScript(abilities: ["AUTH PLAIN"]) { step, _ in
            step == .rcpt ? .reply("554 5.7.1 <privacy@example.org>: Relay access denied") : nil
        }
        let found = try await relays { $0.relay = .local(port: server.port) }
        #expect(found.map(\.verdict) == [.wrong])
        #expect(found[0].words.contains("554 5.7.1 at RCPT") && found[0].words.contains("set relay.user"))
        #expect(!found[0].words.contains("@") && server.received.isEmpty)
    }

    @Test func `of several relays each is looked at, and the one that serves is named`() async throws {
        let away = try SMTPProgram.freePort()
        let server = try SMTPScript()
        let found = try await relays {
            $0.relay = .local(port: away)
            $0.fallbackRelays = [.local(port: server.port)]
        }
        #expect(found.map(\.verdict) == [.wrong, .well])
        #expect(found[0].words.contains("Mail goes through smtp://127.0.0.1:\(server.port) meanwhile"))
    }

    @Test(arguments: [
        (
            200, #"{"success":false,"error-codes":["invalid-input-response"]}"#, Doctor.Finding.Verdict.well,
            "refuses a made-up"
        ),
        (
            200, #"{"success":false,"error-codes":["invalid-input-response","invalid-input-secret"]}"#, .wrong,
            "invalid-input-secret"
        ),
        (429, "slower", .wrong, "status 429"), (503, "", .wrong, "cannot be asked"),
    ])
    func `the captcha's provider is asked with a made-up answer`(
        status: Int, body: String, verdict: Doctor.Finding.Verdict, words: String
    ) async throws {
        let stub = try await CaptchaStub { _ in (status, body) }
        let found = try await examine {
            $0.captcha.provider = .turnstile
            ($0.captcha.secret, $0.captcha.verifyURL) = ("hush", stub.verifyURL)
            $0.captcha.hostnames = ["news.example.org"]
            $0.captcha.timeout = .seconds(30)
        }.first { $0.subject == "captcha" }
        #expect(found?.verdict == verdict && found?.words.contains(words) == true, "\(String(describing: found))")
        #expect(found?.words.contains("hush") == false && stub.questions.count == 1)
    }
}
