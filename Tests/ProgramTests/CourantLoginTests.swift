import CourantAPI
import Foundation
import HTTPTypes
import Testing

struct CourantLoginTests {
    private static func saved(in home: URL) -> URL { home.appendingPathComponent("courant/login.json") }

    @Test func `a token is checked, kept for its owner alone, and used`() async throws {
        try await withStub(service()) { stub, url in
            try await withFolder { home in
                let login = try await courant(["login", url + "/", "--token-stdin"], at: nil, stdin: "tok\n", in: home)
                #expect(login.code == 0 && login.err.contains("Signed in at \(url) as Kari, editor"))
                let facts = try FileManager.default.attributesOfItem(atPath: Self.saved(in: home).path)
                #expect(facts[.posixPermissions] as? Int == 0o600)
                #expect(try await courant(["whoami"], at: nil, in: home).code == 0)
                #expect(stub.seen.last?.headers[.authorization] == "Bearer tok")
                #expect(try await courant(["logout"], at: nil, in: home).code == 0)
                let after = try await courant(["whoami"], at: nil, in: home)
                #expect(after.code == 3 && after.err.contains("courant login URL"))
            }
        }
    }

    @Test func `a token that is not accepted is not kept`() async throws {
        let denied = try CourantStub.Reply.problem("not-signed-in", 401)
        try await withStub(["GET /api/v1/whoami": [denied]]) { _, url in
            try await withFolder { home in
                let run = try await courant(["login", url, "--token-stdin"], at: nil, stdin: "tok\n", in: home)
                #expect(run.code == 3)
                #expect(!FileManager.default.fileExists(atPath: Self.saved(in: home).path))
            }
        }
    }

    @Test(arguments: ["", "\n", "two words\n", "bjørn\n"]) func `what is no token is refused`(_ token: String)
        async throws
    {
        try await withStub(service()) { stub, url in
            let run = try await courant(["login", url, "--token-stdin"], at: nil, stdin: token)
            #expect(run.code == 64 && stub.seen.isEmpty)
        }
    }

    @Test func `without a terminal the token is not asked for`() async throws {
        let run = try await courant(["login", "http://localhost:1"], at: nil)
        #expect(run.code == 2 && run.err.contains("--token-stdin"))
    }

    @Test func `a file that others can read is not trusted`() async throws {
        try await withStub(service()) { stub, url in
            try await withFolder { home in
                _ = try await courant(["login", url, "--token-stdin"], at: nil, stdin: "tok", in: home)
                try FileManager.default.setAttributes(
                    [.posixPermissions: 0o644], ofItemAtPath: Self.saved(in: home).path)
                let before = stub.seen.count
                let run = try await courant(["whoami"], at: nil, in: home)
                #expect(run.code == 3 && run.err.contains("chmod 600") && stub.seen.count == before)
            }
        }
    }

    @Test func `a saved token never goes to another address`() async throws {
        try await withStub(service()) { stub, url in
            try await withFolder { home in
                _ = try await courant(["login", url, "--token-stdin"], at: nil, stdin: "tok", in: home)
                let other = ["COURANT_URL": "http://localhost:1"]
                let run = try await courant(["whoami"], at: nil, environment: other, in: home)
                #expect(run.code == 3 && run.err.contains("you are signed in at \(url)"))
                let alone = try await courant(["whoami"], at: nil, environment: ["COURANT_TOKEN": "x"], in: home)
                #expect(alone.code == 64 && stub.seen.count == 1)
            }
        }
    }
}
