import Captcha
import CourantTesting
import Crypto
import Foundation
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Web

@Suite struct ProofOfWorkTests {
    let now = Date(timeIntervalSince1970: 1_790_000_000)

    @Test func `a solved challenge passes once`() async throws {
        let captcha = ProofOfWork(hardest: 500)
        let proof = try solved(#require(captcha.challenge(now: now)))
        #expect(await captcha.verify(proof, action: nil, now: now) == .passed)
        #expect(await captcha.verify(proof, action: nil, now: now) == .refused(.spent))
        // The same in another spelling is the same.
        let again = try #require(Data(base64Encoded: proof)).base64EncodedString(options: .lineLength64Characters)
        #expect(await captcha.verify(again, action: nil, now: now) != .passed)
        let reordered = try changed(proof) { _ in }
        #expect(await captcha.verify(reordered, action: nil, now: now) == .refused(.spent))
        #expect(await captcha.verify("", action: nil, now: now) == .refused(.missing))
    }

    @Test func `one that has expired is spent, also after it was forgotten`() async throws {
        let captcha = ProofOfWork(hardest: 500)
        let proof = try solved(#require(captcha.challenge(now: now)))
        let late = try solved(#require(captcha.challenge(now: now)))
        let end = now.addingTimeInterval(1199)
        #expect(await captcha.verify(proof, action: nil, now: end) == .passed)
        #expect(await captcha.verify(proof, action: nil, now: end) == .refused(.spent))
        for seconds in [1.0, 2000, 200_000] {
            #expect(
                await captcha.verify(late, action: nil, now: end.addingTimeInterval(seconds)) == .refused(.spent))
        }
    }

    @Test func `what is of another site or put together is refused`() async throws {
        let captcha = ProofOfWork(hardest: 500)
        let foreign = try solved(#require(ProofOfWork(hardest: 500).challenge(now: now)))
        #expect(await captcha.verify(foreign, action: nil, now: now) == .refused(.failed))

        let proof = try solved(#require(captcha.challenge(now: now)))
        let changes: [(inout [String: Any]) -> Void] = [
            { $0["algorithm"] = "SHA-1" }, { $0["number"] = -1 }, { $0["number"] = 501 }, { $0["number"] = "7" },
            { $0["signature"] = "" }, { $0["signature"] = "zz" }, { $0["challenge"] = "00" }, { $0["salt"] = "" },
            { $0["challenge"] = ($0["challenge"] as? String)?.uppercased() }, { $0["salt"] = nil },
            // A digit of the number moved into the time until which it counts.
            { fields in
                guard let salt = fields["salt"] as? String, let number = fields["number"] as? Int else { return }
                fields["salt"] = "\(salt.dropLast())\(number)"
                fields["number"] = 0
            },
        ]
        for change in changes {
            #expect(await captcha.verify(try changed(proof, change), action: nil, now: now) == .refused(.failed))
        }
        for text in ["x", "====", "bnVsbA==", String(repeating: "A", count: 2000)] {
            #expect(await captcha.verify(text, action: nil, now: now) == .refused(.failed))
        }
        #expect(await captcha.verify(proof, action: nil, now: now) == .passed)
    }

    @Test func `noise is refused`() async throws {
        let captcha = ProofOfWork(hardest: 100)
        let proof = Array(try solved(#require(captcha.challenge(now: now))).utf8)
        var generator = SystemRandomNumberGenerator()
        for _ in 1...2000 {
            var bytes = proof
            for _ in 1...Int.random(in: 1...3, using: &generator) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = .random(in: 0x20...0x7E, using: &generator)
            }
            guard bytes != proof else { continue }
            // Case and spaces that JSON does not mind may be changed; then it is the same proof.
            _ = await captcha.verify(String(decoding: bytes, as: UTF8.self), action: nil, now: now)
        }
        #expect(
            await captcha.verify(String(decoding: proof.dropLast(8), as: UTF8.self), action: nil, now: now) != .passed)
    }

    @Test func `the memory of what was spent is bounded, and forgets nothing that counts`() async throws {
        let captcha = ProofOfWork(hardest: 10, mostSpent: 3)
        var proofs: [String] = []
        for _ in 1...4 { proofs.append(try solved(#require(captcha.challenge(now: now)))) }
        for proof in proofs.prefix(3) { #expect(await captcha.verify(proof, action: nil, now: now) == .passed) }
        #expect(await captcha.verify(proofs[3], action: nil, now: now) == .unavailable(.busy))
        for proof in proofs.prefix(3) {
            #expect(await captcha.verify(proof, action: nil, now: now) == .refused(.spent))
        }
        let later = now.addingTimeInterval(2400)
        let fresh = try solved(#require(captcha.challenge(now: later)))
        #expect(await captcha.verify(fresh, action: nil, now: later) == .passed)
    }

    @Test func `the form takes it, and its own challenge`() async throws {
        let captcha = ProofOfWork(hardest: 200)
        let web = try await WebApp.start(captcha: captcha) { $0.widget = CaptchaWidget(kind: .proofOfWork) }
        let page = try await web.ask(.get, "/")
        #expect(page.has("src=\"/assets/proof.js\"") && !page.has("subscribe.js"))
        #expect(page.headers[.contentSecurityPolicy]?.hasSuffix("; script-src 'self'; connect-src 'self'") == true)
        let answer = try await web.ask(.get, "/captcha/challenge")
        #expect(answer.headers[.cacheControl] == "no-store" && answer.headers[.contentType] == "application/json")
        let proof = try solved(answer.decoded())
        let field =
            "altcha=" + proof.replacingOccurrences(of: "+", with: "%2B").replacingOccurrences(of: "=", with: "%3D")
        #expect(try await web.form("/subscribe", "email=ann%40example.org").has("We could not tell you from a robot"))
        #expect(try await web.form("/subscribe", "email=ann%40example.org&\(field)").status == .seeOther)
        #expect(try await web.form("/subscribe", "email=bo%40example.org&\(field)").status == .unprocessableContent)
        #expect(try await web.records()[1] == 1)
    }

    @Test func `there is no challenge where another captcha guards`() async throws {
        let web = try await WebApp.start(captcha: ScriptedCaptcha(verdict: .passed))
        #expect(try await web.ask(.get, "/captcha/challenge").status == .notFound)
    }
}

/// As a browser does it.
private func solved(_ challenge: CaptchaChallenge) throws -> String {
    for number in 0...challenge.maxnumber {
        let hash = SHA256.hash(data: Data("\(challenge.salt)\(number)".utf8))
        let hex = hash.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        guard hex == challenge.challenge else { continue }
        return try encoded([
            "algorithm": challenge.algorithm, "challenge": challenge.challenge, "number": number,
            "salt": challenge.salt, "signature": challenge.signature, "took": 12,
        ])
    }
    throw TestFailure("no number fits")
}

private func changed(_ proof: String, _ change: (inout [String: Any]) -> Void) throws -> String {
    let data = try #require(Data(base64Encoded: proof))
    var fields = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    change(&fields)
    return try encoded(fields)
}

private func encoded(_ fields: [String: Any]) throws -> String {
    try JSONSerialization.data(withJSONObject: fields, options: .sortedKeys).base64EncodedString()
}
