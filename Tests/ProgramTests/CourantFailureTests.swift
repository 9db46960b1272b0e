import CourantAPI
import Foundation
import Testing

/// Each problem, each misuse: its exit code, what happened, and the next step.
struct CourantFailureTests {
    struct Answer: Sendable, CustomTestStringConvertible {
        var word: String
        var status: Int
        var code: Int32
        var next: String?
        var testDescription: String { "\(status) \(word)" }
    }

    @Test(arguments: [
        Answer(word: "not-signed-in", status: 401, code: 3, next: "courant login http://127.0.0.1"),
        Answer(word: "not-allowed", status: 403, code: 3, next: "courant whoami"),
        Answer(word: "not-found", status: 404, code: 4),
        Answer(word: "validation", status: 422, code: 1),
        Answer(word: "conflict", status: 409, code: 1),
        Answer(word: "lint", status: 422, code: 2, next: "courant lint FILE.md"),
        Answer(word: "recipients-changed", status: 409, code: 2, next: "courant campaign plan"),
        Answer(word: "digest-changed", status: 409, code: 2, next: "courant campaign plan"),
        Answer(word: "no-recipients", status: 409, code: 2),
        Answer(word: "not-encrypted", status: 403, code: 3),
        Answer(word: "approval", status: 409, code: 2, next: "courant campaign approve"),
        Answer(word: "too-many-requests", status: 429, code: 1, next: "Wait"),
        Answer(word: "unavailable", status: 503, code: 1, next: "Try again"),
        Answer(word: "internal", status: 500, code: 1, next: "log"),
    ])
    func `a problem becomes an exit code and a next step`(_ answer: Answer) async throws {
        let problem = try CourantStub.Reply.problem(answer.word, answer.status, title: "It was not so")
        try await withStub(service(["POST /api/v1/campaigns/42/resume": [problem]])) { _, url in
            let run = try await courant(["campaign", "resume", "42"], at: url)
            #expect(run.code == answer.code)
            #expect(run.out == "" && run.err.hasPrefix("courant: It was not so"))
            if let next = answer.next { #expect(run.err.contains("→") && run.err.contains(next)) }
            let json = try await courant(["campaign", "resume", "42", "--json"], at: url)
            let object = try #require(try JSONSerialization.jsonObject(with: Data(json.err.utf8)) as? [String: Any])
            #expect(object["problem"] as? String == answer.word && object["exit"] as? Int32 == answer.code)
        }
    }

    @Test func `the field to blame is named`() async throws {
        let problem = Problem(
            type: "validation", title: "Something needs correcting", status: 422, detail: "is taken",
            errors: [FieldError(field: "slug", message: "is taken")])
        try await withStub(service(["POST /api/v1/lists": [.json(problem, status: 422)]])) { _, url in
            let run = try await courant(["list", "create", "news", "--title", "N"], at: url)
            #expect(run.err == "courant: Something needs correcting\n  slug: is taken\n")
        }
    }

    @Test(arguments: [(404, Int32(4)), (401, 3), (302, 1), (200, 1), (502, 1)])
    func `an answer that is not Courant's is called so`(_ status: Int, _ code: Int32) async throws {
        let page = CourantStub.Reply(status: status, body: "<html>", headers: ["Location": "https://elsewhere.example"])
        try await withStub(service(["GET /api/v1/lists": [page]])) { _, url in
            let run = try await courant(["list", "ls"], at: url)
            #expect(run.code == code)
            #expect(run.err.contains("answered \(status), but not in Courant's way"))
        }
    }

    @Test(arguments: [
        "frobnicate", "campaign frobnicate", "login", "list show", "list show ../whoami", "list show .",
        "list show a/b",
        "list create news", "list create news --title N --basis whim", "list edit news", "list close",
        "campaign status",
        "campaign status ../../x", "campaign status -x", "campaign approve 42", "campaign test 42",
        "campaign send 42 --at noon",
        "campaign send 42 --expect-recipients 0 --yes", "campaign send 42 --expect-recipients many", "send",
        "lint", "preview", "campaign create", "campaign create a.md --list a/b", "login http://news.example.org",
        "login ftp://news.example.org", "login https://user@news.example.org", "login https://", "login https://a?b",
        "login http://127.evil.example", "login http://127.0.0.1.evil.example", "login https://a:0",
        "login https://a:99999",
        "login http://localhost.evil.example", "login http://127.0.0.1.1",
    ])
    func `misuse ends with 64 and asks nothing of the service`(_ line: String) async throws {
        try await withStub(service()) { stub, url in
            let run = try await courant(line.split(separator: " ").map(String.init), at: url)
            #expect(run.code == 64, "\(run.err)")
            #expect(run.out == "" && run.err != "")
            #expect(stub.seen.isEmpty)
        }
    }

    @Test func `nobody there is said so`() async throws {
        let run = try await courant(["whoami"], at: "http://127.0.0.1:1")
        #expect(run.code == 1)
        #expect(run.err.contains("http://127.0.0.1:1 does not answer") && run.err.contains("courant doctor"))
    }

    @Test(arguments: [
        ("gone.md", "cannot be read"), (".", "folder"), ("empty.md", "is empty"), ("latin.md", "not UTF-8"),
        ("long.md", "has 1,048,577 bytes, and a campaign at most 128,000"),
    ])
    func `a file that is none is refused`(_ name: String, _ reason: String) async throws {
        try await withStub(service()) { stub, url in
            try await withFolder { home in
                try Data(" \n".utf8).write(to: home.appendingPathComponent("empty.md"))
                try Data([0x68, 0xE5]).write(to: home.appendingPathComponent("latin.md"))
                try Data(repeating: 0x61, count: 1_048_577).write(to: home.appendingPathComponent("long.md"))
                let run = try await courant(["lint", name], at: url, in: home)
                #expect(run.code == 1 && run.err.contains(reason), "\(run.err)")
                #expect(stub.seen.isEmpty)
            }
        }
    }

    @Test func `lint with errors ends with 2`() async throws {
        let findings = LintInfo(findings: [Sample.error, Sample.warning])
        try await withStub(service(["POST /api/v1/campaigns/lint": [.json(findings)]])) { _, url in
            let run = try await courant(["lint", "-"], at: url, stdin: Sample.file)
            #expect(run.code == 2)
            #expect(run.out.hasPrefix("stdin: error: There is no subject.\n"))
            #expect(run.err.contains("1 error, 1 warning"))
        }
    }

    @Test func `doctor names what is wrong and its remedy`() async throws {
        let denied = try CourantStub.Reply.problem("not-signed-in", 401, title: "The token has expired")
        let closed = CourantStub.Reply(status: 503)
        try await withStub(service(["GET /readyz": [closed], "GET /api/v1/whoami": [denied]])) { _, url in
            let run = try await courant(["doctor"], at: url)
            #expect(run.code == 1)
            for line in ["✓ clock", "✗ ready", "✗ token", "courant login"] { #expect(run.out.contains(line)) }
        }
        let nobody = try await courant(["doctor", "--json"], at: nil)
        #expect(nobody.code == 3 && nobody.out.contains(#""ok":false"#))
    }

    @Test func `doctor compares the clocks`() async throws {
        let old =
            "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"
        try await withRawServer(old) { url in
            let run = try await courant(["doctor"], at: url)
            #expect(run.out.contains("✗ clock") && run.out.contains("days ahead of the service's"))
        }
    }

    @Test(arguments: ["SSH-2.0-OpenSSH_9.2\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{", ""])
    func `what breaks off, or is not HTTP, is said so`(_ answer: String) async throws {
        try await withRawServer(answer) { url in
            let run = try await courant(["whoami"], at: url)
            #expect(run.code == 1 && run.err.contains(url) && run.err.contains("courant doctor"))
            let doctor = try await courant(["doctor"], at: url)
            #expect(doctor.code == 1 && doctor.out.contains("✗ reachable"))
        }
    }

    @Test(arguments: ["campaign retry 42 --in-doubt", "list close news", "campaign send 42", "send spring.md"])
    func `without a terminal nobody is asked and nothing done`(_ line: String) async throws {
        try await withStub(service()) { stub, url in
            let run = try await courant(line.split(separator: " ").map(String.init), at: url)
            #expect(run.code == 2)
            #expect(run.err.contains("no terminal") && run.err.contains("--yes"))
            #expect(!stub.seen.contains { $0.line.hasPrefix("POST") })
        }
    }
}
