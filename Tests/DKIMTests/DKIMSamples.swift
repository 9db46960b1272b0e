import CourantTesting
import DKIM
import Foundation

/// A newsletter as it leaves, and bodies that are hard on a canonicaliser.
enum DKIMSamples {
    static let now = Date(timeIntervalSince1970: 1_790_000_000)

    static func mail(_ body: String, from: String = "Courant News <news@example.org>") -> [UInt8] {
        let head = """
            Date: Sat, 28 Nov 2026 01:00:00 +0000
            From: \(from)
            To: <ann@example.com>
            Subject: Sensors in  spring,
             folded
            Message-ID: <c1.abc@example.org>
            List-Id: News <news.list-id.example.org>
            List-Unsubscribe: <https://news.example.org/unsubscribe/abc>
            List-Unsubscribe-Post: List-Unsubscribe=One-Click
            MIME-Version: 1.0
            Content-Type: multipart/alternative;
             boundary="=_courant_x"


            """
        return Array((head + body).replacing("\r\n", with: "\n").replacing("\n", with: "\r\n").utf8)
    }

    static let bodies = [
        "", "\n", "\n\n\n", " \n", "one", "one\n", "one\n\n\n", "one  two \t three\n", "  indented\n\ttab\n",
        "end \t \n \n",
        "a\n\n\nb\n", "=20=20\n.\n..\n", String(repeating: "long ", count: 4_000) + "\n",
    ]

    static let key = make(.rsa, "courant1")
    static let edwards = make(.ed25519, "courant2")

    static func make(_ algorithm: DKIMKey.Algorithm, _ selector: String, _ domain: String = "example.org") -> DKIMKey {
        DKIMKey(new: algorithm, domain: domain, selector: selector) ?? { preconditionFailure("no randomness") }()
    }

    static func verdicts(_ content: [UInt8], _ keys: [DKIMKey] = [key, edwards]) -> [DKIMSignature.Verdict] {
        let mail = SignedMail(content)
        return DKIMSignature.all(of: mail).compactMap { signature in
            guard let signature = try? signature.get(),
                let key = keys.first(where: { $0.recordName == signature.recordName })
            else { return nil }
            return signature.verify(mail, record: key.record)
        }
    }
}

/// dkimpy: what another has made of RFC 6376.
struct Python {
    static let program = "/usr/bin/python3"

    /// `scripts/setup --tests` installs it.
    static let hasDKIM = FileManager.default.fileExists(atPath: "/usr/lib/python3/dist-packages/dkim")

    /// What the script prints; `input` is its first argument's file.
    static func run(_ script: String, _ input: Data) async throws -> Data {
        let directory = try TemporaryDirectory()
        let file = "\(directory.path)/input.json"
        try input.write(to: URL(filePath: file))
        return try await Subprocess(program, ["-c", script, file]).output()
    }
}
