import DKIM
import Foundation
import Testing

@Suite struct DKIMSignerTests {
    let signer = DKIMSigner([DKIMSamples.key])

    @Test(arguments: DKIMSamples.bodies)
    func `what is signed holds`(_ body: String) {
        let signed = signer.signed(DKIMSamples.mail(body), at: DKIMSamples.now)
        #expect(DKIMSamples.verdicts(signed) == [.holds(bits: 2048)])
    }

    @Test(.enabled(if: Python.hasDKIM, "needs python3-dkim: scripts/setup --tests"))
    func `another's verifier believes each signature`() async throws {
        let mails = DKIMSamples.bodies.map { signer.signed(DKIMSamples.mail($0), at: DKIMSamples.now) }
        let question = try JSONSerialization.data(withJSONObject: [
            "record": DKIMSamples.key.record, "mails": mails.map { Data($0).base64EncodedString() },
        ])
        let script = """
            import dkim, json, sys, base64
            asked = json.load(open(sys.argv[1]))
            record = asked["record"].encode()
            names = []
            def dns(name, timeout=5):
                names.append(name)
                return record
            print(json.dumps([dkim.verify(base64.b64decode(m), dnsfunc=dns) for m in asked["mails"]] + [n.decode() for n in set(names)]))
            """
        let answer = try JSONSerialization.jsonObject(with: await Python.run(script, question)) as? [Any]
        let expected: [Any] = mails.map { _ in true } + ["courant1._domainkey.example.org."]
        #expect((answer as NSArray?) == expected as NSArray)
    }

    @Test func `a signature covers both List-Unsubscribe fields and keeps others from being added`() throws {
        let signed = signer.signed(DKIMSamples.mail("one\n"), at: DKIMSamples.now)
        let signature = try #require(DKIMSignature.all(of: SignedMail(signed)).first).get()
        for name in ["from", "to", "subject", "date", "list-unsubscribe", "list-unsubscribe-post", "content-type"] {
            #expect(signature.covered.count { $0 == name } == 2)
        }
        #expect(signature.covered.count { $0 == "reply-to" } == 1)
        #expect(signature.bodyLength == nil)
        for field in [
            "List-Unsubscribe-Post: no", "From: <eve@example.net>", "Reply-To: <eve@example.net>", "Subject: x",
        ] {
            #expect(DKIMSamples.verdicts(Array("\(field)\r\n".utf8) + signed) == [.fieldsChanged])
        }
    }

    @Test func `whatever is changed breaks it, and what relays do to white space does not`() {
        let signed = String(decoding: signer.signed(DKIMSamples.mail("one two\n"), at: DKIMSamples.now), as: UTF8.self)
        func verdicts(_ old: String, _ new: String) -> [DKIMSignature.Verdict] {
            #expect(signed.contains(old))
            return DKIMSamples.verdicts(Array(signed.replacing(old, with: new).utf8))
        }
        #expect(verdicts("one two", "one three") == [.bodyChanged])
        #expect(verdicts("<ann@", "<bob@") == [.fieldsChanged])
        #expect(verdicts("unsubscribe/abc", "unsubscribe/abd") == [.fieldsChanged])
        #expect(
            verdicts("Subject: Sensors in  spring,\r\n folded", "SUBJECT:\tSensors in spring, folded") == [
                .holds(bits: 2048)
            ])
        #expect(verdicts("one two", "one \t two  ") == [.holds(bits: 2048)])
        #expect(verdicts("one two\r\n", "one two\r\n\r\n\r\n") == [.holds(bits: 2048)])
        #expect(verdicts("Date: Sat", "Received: from x by y\r\nDate: Sat") == [.holds(bits: 2048)])
    }

    @Test func `no line of it is longer than 78 columns`() {
        let head = signer.signed(DKIMSamples.mail(""), at: DKIMSamples.now).prefix { $0 != 0 }
        let lines = String(decoding: head, as: UTF8.self).components(separatedBy: "\r\n")
        #expect(lines.allSatisfy { $0.utf8.count <= 78 })
    }

    @Test func `a domain's own key signs, else its parent's, and nobody else's`() {
        let other = DKIMSamples.make(.ed25519, "n", "news.example.org")
        let signer = DKIMSigner([DKIMSamples.key, other])
        #expect(signer.keys(for: "example.org").map(\.selector) == ["courant1"])
        #expect(signer.keys(for: "news.example.org").map(\.selector) == ["n"])
        #expect(signer.keys(for: "a.b.example.org").map(\.selector) == ["courant1"])
        #expect(signer.keys(for: "anexample.org").isEmpty)
        #expect(signer.keys(for: "org").isEmpty)
        let foreign = DKIMSamples.mail("one\n", from: "<news@example.net>")
        #expect(signer.signed(foreign, at: DKIMSamples.now) == foreign)
    }

    @Test func `two keys sign side by side, RSA above`() {
        let signer = DKIMSigner([DKIMSamples.edwards, DKIMSamples.key])
        let signed = signer.signed(DKIMSamples.mail("one\n"), at: DKIMSamples.now)
        #expect(DKIMSamples.verdicts(signed) == [.holds(bits: 2048), .holds(bits: 256)])
    }

    @Test func `it signs on several threads at once`() {
        let mail = DKIMSamples.mail("one\n")
        let expected = signer.signed(mail, at: DKIMSamples.now)
        DispatchQueue.concurrentPerform(iterations: 32) { _ in
            #expect(signer.signed(mail, at: DKIMSamples.now) == expected)
        }
    }
}
