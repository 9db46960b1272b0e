import Captcha
import CourantTesting
import Foundation
import HTTPTypes
import NIOCore
import Newsletter
import Rendering
import TestSupport
import Testing
import Wiring

@testable import Web

/// What reads tokens, codes, headers and proofs, before seeded noise: nothing of it traps, and nothing forged is taken.
@Suite struct WebFuzzTests {
    @Test func `no noise is taken for a link, and what is taken is the link that was mangled`() async throws {
        let app = try await TestApp.start()
        var random = Seeded(11)
        let id = SubscriptionID.random()
        let link = UnsubscribeLink(id, place: .body, keyring: app.courant.keyring)
        let (token, request) = (Token.random(), SignUpRequest.random())
        for _ in 0..<20_000 {
            let text = random.text(near: [link.text, token.text, request.text])
            if let read = app.courant.subscriptions.link(text) {
                #expect(read.text == link.text && read.subscription == id)
            }
            if let read = Token(text) { #expect(Token(read.text)?.hash == read.hash) }
            if let read = SignUpRequest(text) { #expect(read.text.utf8.elementsEqual(text.utf8)) }
        }
    }

    @Test func `every code that is taken is one that we would write`() {
        var random = Seeded(12)
        for _ in 0..<20_000 {
            guard let code = ConfirmCode(typed: random.text(near: ["K7PD-3QXM", "k7pd 3qxm", "O0I1-L1lo"])) else {
                continue
            }
            #expect(code.text.wholeMatch(of: /[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}/) != nil)
            #expect(ConfirmCode(typed: code.text) == code)
        }
    }

    @Test func `whatever proxies are said to say, the client is the peer, or whom a trusted one names`() throws {
        var random = Seeded(13)
        let proxies = Proxies(trusted: ["10.0.0.0/8"].compactMap { AddressRange($0) })
        let (stranger, proxy) = (
            try SocketAddress(ipAddress: "203.0.113.9", port: 1), try SocketAddress(ipAddress: "10.0.0.1", port: 1)
        )
        for _ in 0..<20_000 {
            let said = random.text(near: [
                "192.0.2.1, 10.0.0.2", "[2001:db8::1]:4711, unknown", "for=192.0.2.1;proto=https",
            ])
            var headers: HTTPFields = [:]
            headers[values: .forwardedFor] = [said]
            #expect(proxies.client(headers, from: stranger) == IPAddress(stranger))
            #expect(proxies.client(headers, from: proxy)?.bytes.count ?? 16 == 16)
            _ = proxies.isEncrypted(headers, from: proxy)
            _ = AddressRange(said)
        }
    }

    @Test func `a language is one of ours or none, whatever is asked for`() throws {
        var random = Seeded(14)
        let ours = ["nb", "sv", "en"].compactMap { Language($0) }
        for _ in 0..<20_000 {
            let asked = random.text(near: ["nb-NO,nb;q=0.9,en;q=0.8", "*;q=0.1, sv", "no, nn;q=1.000"])
            if let chosen = Language.preferred(acceptLanguage: asked, among: ours) { #expect(ours.contains(chosen)) }
        }
    }

    @Test func `no noise passes for a proof of work`() async throws {
        var random = Seeded(15)
        let captcha = ProofOfWork(hardest: 1_000_000)
        let now = Date(timeIntervalSince1970: 1_790_000_000)
        let given = try #require(captcha.challenge(now: now))
        let json = """
            {"algorithm":"SHA-256","challenge":"\(given.challenge)","number":99,"salt":"\(given.salt)","signature":"\
            \(given.signature)"}
            """
        for _ in 0..<5_000 {
            let noise = Data(random.text(near: [json]).utf8).base64EncodedString()
            for text in [noise, random.text(near: [noise])] {
                guard case .refused = await captcha.verify(text, action: nil, now: now) else {
                    Issue.record("taken: \(text)")
                    return
                }
            }
        }
    }
}

extension Seeded {
    /// One of these with a few bytes changed; whatever is not UTF-8 then is repaired.
    fileprivate mutating func text(near texts: [String]) -> String {
        let text = texts[Int.random(in: 0..<texts.count, using: &self)]
        return String(decoding: mutation(of: Array(text.utf8)), as: UTF8.self)
    }
}
