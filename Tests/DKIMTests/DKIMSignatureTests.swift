import DKIM
import Foundation
import Testing

@Suite struct DKIMSignatureTests {
    @Test(
        .enabled(if: Python.hasDKIM, "needs python3-dkim: scripts/setup --tests"),
        arguments: ["relaxed/relaxed", "simple/simple", "relaxed/simple", "simple/relaxed"])
    func `another's signatures hold, in each canonical form`(_ forms: String) async throws {
        let mails = DKIMSamples.bodies.map { DKIMSamples.mail($0) }
        let question = try JSONSerialization.data(withJSONObject: [
            "key": String(decoding: DKIMSamples.key.pem, as: UTF8.self), "forms": forms.components(separatedBy: "/"),
            "mails": mails.map { Data($0).base64EncodedString() },
        ])
        let script = """
            import dkim, json, sys, base64
            asked = json.load(open(sys.argv[1]))
            head, body = [f.encode() for f in asked["forms"]]
            def sign(mail):
                mail = base64.b64decode(mail)
                made = dkim.sign(mail, b"courant1", b"example.org", asked["key"].encode(), canonicalize=(head, body))
                return base64.b64encode(made + mail).decode()
            print(json.dumps([sign(m) for m in asked["mails"]]))
            """
        let answer = try JSONSerialization.jsonObject(with: await Python.run(script, question)) as? [String] ?? []
        #expect(answer.count == mails.count)
        for signed in answer.compactMap({ Data(base64Encoded: $0) }) {
            #expect(DKIMSamples.verdicts([UInt8](signed)) == [.holds(bits: 2048)])
        }
    }

    @Test func `what is no signature is said to be none`() throws {
        func problem(_ field: String) -> DKIMSignature.Problem? {
            let found = DKIMSignature.all(of: SignedMail(Array("DKIM-Signature: \(field)\r\n\r\n".utf8))).first
            if case .failure(let problem)? = found { return problem } else { return nil }
        }
        let rest = "d=example.org; s=a; bh=AAAA; b=AAAA"
        #expect(problem("v=1; a=rsa-sha256; h=from; \(rest)") == nil)
        #expect(problem("v=1; a=rsa-sha1; h=from; \(rest)") == .unknownAlgorithm("rsa-sha1"))
        for field in [
            "", "no", "v=2; a=rsa-sha256; h=from; \(rest)", "v=1; a=rsa-sha256; h=to; \(rest)",
            "v=1; a=rsa-sha256; h=from; d=x", "v=1; v=1; a=rsa-sha256; h=from; \(rest)",
            "v=1; a=rsa-sha256; h=from; c=loose; \(rest)", "v=1; a=rsa-sha256; h=from; l=-1; \(rest)",
        ] {
            #expect(problem(field) == .malformed)
        }
    }

    @Test(arguments: [
        ("v=DKIM1; p=", DKIMRecord.Fault.revoked), ("v=DKIM1; k=rsa", .noKey), ("p=x; v=DKIM1", .malformed),
        ("hello", .malformed), ("v=DKIM1; k=ed25519; p=AAAA", .otherKeyType("ed25519")),
        ("v=DKIM1; h=sha1; p=AAAA", .noSHA256), ("v=DKIM1; s=tlsrpt; p=AAAA", .notForMail),
        ("v=DKIM1; k=rsa; p=MIIB", .unreadableKey),
    ])
    func `a record that cannot be used says why`(_ text: String, _ fault: DKIMRecord.Fault) {
        #expect(DKIMRecord(text).fault(for: .rsa) == fault)
    }

    @Test func `a record of ours is read, and one in several folds too`() {
        let record = DKIMSamples.key.record
        #expect(DKIMRecord(record).fault(for: .rsa) == nil)
        #expect(DKIMRecord("k=rsa; t=y;  p= " + record.suffix(300) + ";").isTesting)
        #expect(DKIMRecord(record).publicBytes == DKIMSamples.key.publicBytes)
        #expect(DKIMRecord(DKIMSamples.edwards.record).fault(for: .ed25519) == nil)
    }

    @Test func `a key comes back from its file, and what is none is refused`() throws {
        for key in [DKIMSamples.key, DKIMSamples.edwards] {
            let read = try DKIMKey(domain: key.domain, selector: key.selector, pem: key.pem)
            #expect(read.record == key.record)
            #expect(read.algorithm == key.algorithm)
        }
        for text in ["", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", Self.curve] {
            #expect(throws: DKIMKey.Problem.notAKey) {
                try DKIMKey(domain: "example.org", selector: "a", pem: Array(text.utf8))
            }
        }
    }

    /// P-256, which DKIM knows nothing of.
    private static let curve = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgevZzL1gdAFr88hb2
        OF/2NxApJCzGCEDdfSp6VQO30hyhRANCAAQRWz+jn65BtOMvdyHKcvjBeBSDZH2r
        1RTwjmYSi9R/zpBnuQ4EiMnCqfMPWiZqB4QdbAd0E7oH50VpuZ1P087G
        -----END PRIVATE KEY-----
        """

    @Test func `a mail of any bytes is read without a crash`() {
        var random = SystemRandomNumberGenerator()
        let words = [
            "DKIM-Signature:", " v=1; a=rsa-sha256; h=from; d=x; s=y; b=AA; bh=AA", "From:", "\r\n", "\r\n ", "\n", ":",
            "<", "@", ">", "\r", " ", "é",
        ]
        for _ in 0..<3_000 {
            let text = (0..<Int.random(in: 0..<30, using: &random)).compactMap { _ in
                words.randomElement(using: &random)
            }.joined()
            let mail = SignedMail(Array(text.utf8))
            _ = (mail.fromDomain, DKIMSamples.verdicts(Array(text.utf8)))
            for case .success(let signature) in DKIMSignature.all(of: mail) {
                #expect(signature.verify(mail, record: DKIMSamples.key.record) != .holds(bits: 2048))
            }
        }
    }
}
