import CourantAPI
import CourantTesting
import Foundation
import Testing

/// Serving the rights of those who wrote or called, at the terminal.
struct CourantSubscriberTests {
    static let verbs = ["find", "export", "restrict", "unrestrict", "object", "erase", "forgive"]

    @Test(arguments: verbs) func `the address is in the body, and in no path, message or question`(
        _ verb: String
    ) async throws {
        try await withStub(service()) { stub, url in
            for arguments in [["zoe@example.org"], ["zoe@example.org", "--yes"], ["-", "--yes"]] {
                let isAsked = !["find", "export"].contains(verb)
                if !isAsked && arguments.contains("--yes") { continue }
                let run = try await courant(["subscriber", verb] + arguments, at: url, stdin: "zoe@example.org\n")
                #expect(run.code == (isAsked && !arguments.contains("--yes") ? 64 : 0), "\(run.err)")
                #expect(!run.err.contains("zoe"))
            }
            #expect(stub.body(of: "POST /api/v1/subscribers/\(verb)")?.contains("zoe@example.org") == true)
            #expect(stub.seen.allSatisfy { !$0.line.contains("zoe") })
        }
    }

    @Test func `a receipt is read from stdin, and one that is not ours ends with 2`() async throws {
        try await withStub(service()) { stub, url in
            let run = try await courant(["consent", "verify"], at: url, stdin: "Courant consent receipt, version 1\n")
            #expect(run.code == 0 && run.out.contains("News (news)") && run.out.contains("“Yes, please”"), "\(run.err)")
            #expect(run.err.contains("Genuine: signed here"))
            #expect(stub.body(of: "POST /api/v1/consents/verify")?.contains("Courant consent receipt") == true)
        }
        let forged = try CourantStub.Reply.json(ReceiptInfo(isGenuine: false))
        try await withStub(service(["POST /api/v1/consents/verify": [forged]])) { _, url in
            let run = try await courant(["consent", "verify"], at: url, stdin: "x")
            #expect(run.code == 2 && run.out == "" && run.err.contains("not ours, or was changed"), "\(run.err)")
        }
    }

    @Test func `without a terminal nothing is done, and it says what to add`() async throws {
        try await withStub(service()) { stub, url in
            let run = try await courant(["subscriber", "erase", "zoe@example.org"], at: url)
            #expect(run.code == 64 && run.out == "" && run.err.contains("→ Add --yes"))
            #expect(stub.seen.isEmpty)
        }
    }

    @Test func `who is not there ends with 4`() async throws {
        let problem = try CourantStub.Reply.problem("not-found", 404, title: "There is no such subscriber")
        try await withStub(service(["POST /api/v1/subscribers/find": [problem]])) { _, url in
            let run = try await courant(["subscriber", "find", "zoe@example.org"], at: url)
            #expect(run.code == 4 && run.out == "" && run.err.hasPrefix("courant: There is no such subscriber"))
        }
    }

    @Test func `an export is written to a new file that nobody else can read`() async throws {
        try await withStub(service()) { stub, url in
            try await withFolder { home in
                let line = ["subscriber", "export", "zoe@example.org", "--format", "csv", "--out", "zoe.csv"]
                let run = try await courant(line, at: url, in: home)
                #expect(run.code == 0 && run.out == "", "\(run.err)")
                let file = home.appendingPathComponent("zoe.csv").path
                let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? NSNumber
                #expect(mode?.intValue == 0o600)
                #expect(try String(contentsOfFile: file, encoding: .utf8) == "{\"version\":1}\n")
                #expect(stub.body(of: "POST /api/v1/subscribers/export")?.contains(#""format":"csv""#) == true)
                let again = try await courant(line, at: url, in: home)
                #expect(again.code == 1 && again.err.contains("zoe.csv is there already"))
                #expect(stub.seen.count == 1)
            }
        }
    }

    @Test func `what is asked for in full is asked for in so many words`() async throws {
        try await withStub(service()) { stub, url in
            _ = try await courant(["subscriber", "find", "zoe@example.org"], at: url)
            #expect(stub.body(of: "POST /api/v1/subscribers/find") == #"{"address":"zoe@example.org"}"#)
            _ = try await courant(["subscriber", "find", "zoe@example.org", "--show"], at: url)
            #expect(stub.body(of: "POST /api/v1/subscribers/find")?.contains(#""in_full":true"#) == true)
            _ = try await courant(["subscriber", "erase", "zoe@example.org", "--never-again", "--yes"], at: url)
            #expect(stub.body(of: "POST /api/v1/subscribers/erase")?.contains(#""never_again":true"#) == true)
            _ = try await courant(["subscriber", "rectify", "zoe@example.org", "--no-name", "--yes"], at: url)
            #expect(
                stub.body(of: "POST /api/v1/subscribers/rectify") == #"{"address":"zoe@example.org","name":""}"#)
        }
    }

    @Test(arguments: [
        "subscriber find", "subscriber rectify zoe@example.org", "subscriber export zoe@example.org --format xml",
        "subscriber rectify zoe@example.org --name Zoe --no-name", "subscriber requests open king",
        "subscriber requests open erasure --received 2026-02-30", "subscriber requests close x --outcome done",
        "subscriber requests close 7", "subscriber requests close 7 --outcome limited", "subscriber find -",
    ])
    func `what cannot be meant is wrong usage`(_ line: String) async throws {
        let run = try await courant(line.split(separator: " ").map(String.init), at: "http://127.0.0.1:1")
        #expect(run.code == 64, "\(run.err)")
    }

    private static func upload(_ state: String = "reading", rows: Int = 2, known: Int = 0) -> ImportInfo {
        ImportInfo(
            id: "7", list: "news", basis: "consent", state: state, rows: rows, duplicates: 0, imported: rows - known,
            known: known, blocked: 0, pending: known)
    }

    private static let line = "subscriber import fair.csv --list news --basis consent --source fair"
        .split(separator: " ").map { String($0) }

    private static func replies(
        _ opened: ImportInfo, problems: [FieldError] = [], seen: ImportInfo = upload(), last: String = "done"
    ) throws -> [String: [CourantStub.Reply]] {
        [
            "POST /api/v1/uploads": [try .json(opened), try .json(upload())],
            "PUT /api/v1/uploads/7/parts/1": [try .json(PartInfo(rows: 2, duplicates: 0, problems: problems))],
            "GET /api/v1/uploads/7": [try .json(seen)], "DELETE /api/v1/uploads/7": [CourantStub.Reply(status: 204)],
            "POST /api/v1/uploads/7/accept": [try .json(upload(last))],
        ]
    }

    private func importing(
        _ replies: [String: [CourantStub.Reply]], _ arguments: [String] = [],
        _ file: String = "email\r\nann@example.org\r\nx\r\n"
    ) async throws -> (run: CourantRun, seen: [CourantStub.Request]) {
        try await withStub(replies) { stub, url in
            try await withFolder { home in
                try Data(file.utf8).write(to: home.appendingPathComponent("fair.csv"))
                return (try await courant(Self.line + arguments, at: url, in: home), stub.seen)
            }
        }
    }

    @Test func `a bad line is told by its number in the file, and the upload is thrown away`() async throws {
        let problem = FieldError(field: "line 3", message: "There is no @ in the address.")
        let (run, seen) = try await importing(
            Self.replies(Self.upload(), problems: [problem]), ["--dry-run"], "email\n\nann@example.org\n\nx\n")
        #expect(run.code == 2 && run.out.isEmpty && run.err.contains("line 5: There is no @"), "\(run.err)")
        #expect(seen.map(\.line).last == "DELETE /api/v1/uploads/7")
    }

    @Test func `the same file again imports nothing, and is shown as it stands`() async throws {
        var taken = Self.upload("done")
        taken.takenAt = Date()
        let (run, _) = try await importing(Self.replies(taken, seen: Self.upload(known: 2)))
        #expect(run.code == 0 && run.err.contains("nothing of it is imported again"), "\(run.err)")
        #expect(run.out.contains("2, 2 of them asked before and still to confirm"), "\(run.out)")
    }

    @Test func `what was confirmed elsewhere needs its number, and may wait for a second person`() async throws {
        let confirmed = ["--confirmed", "--evidence", "form and archive"]
        let replies = try Self.replies(Self.upload(), last: "proposed")
        let (silent, seen) = try await importing(replies, confirmed)
        #expect(silent.code == 2 && silent.err.contains("--yes --expect-rows 2"), "\(silent.err)")
        #expect(seen.map(\.line).last == "DELETE /api/v1/uploads/7")
        let wrong = try await importing(replies, confirmed + ["--yes", "--expect-rows", "3"]).run
        #expect(wrong.code == 2 && wrong.err.contains("you expected 3"), "\(wrong.err)")
        let (run, all) = try await importing(replies, confirmed + ["--yes", "--expect-rows", "2"])
        #expect(run.code == 0 && run.err.contains("courant subscriber approve 7"), "\(run.err)")
        #expect(all.first?.body.contains("\"evidence\":\"form and archive\"") == true)
        #expect(all.last?.body.contains("2") == true)
        #expect(try await importing(replies, ["--confirmed"]).run.code == 64)
    }

    @Test func `parts that have come are not sent again`() async throws {
        var begun = Self.upload()
        begun.parts = 1
        let (run, seen) = try await importing(Self.replies(begun))
        #expect(run.code == 0 && !seen.map(\.line).contains("PUT /api/v1/uploads/7/parts/1"), "\(run.err)")
    }
}

@Suite(.timeLimit(.minutes(20))) struct CourantdSubscriberTests {
    @Test func `somebody who called is found, corrected, restricted and erased, and the record names nobody`()
        async throws
    {
        try await Host.with { host in
            try await host.serve()
            try await host.furnish()
            try await host.subscribe(CourantdWalkTests.address, name: CourantdWalkTests.name)
            func serve(_ arguments: String...) async throws -> CourantRun {
                try await ProgramTests.courant(["subscriber"] + arguments, at: nil, in: host.home)
            }
            let address = CourantdWalkTests.address
            let masked = try await serve("find", address)
            #expect(masked.code == 0 && masked.out.contains("z***@canary-domain.example"), "\(masked.err)")
            #expect(!masked.out.contains("quux"))
            #expect(try await serve("find", address, "--show").out.contains(CourantdWalkTests.name))
            #expect(try await serve("rectify", address, "--name", "Zed Quux", "--yes").code == 0)
            #expect(try await serve("find", address, "--show").out.contains("Zed Quux"))
            let export = try await serve("export", address)
            #expect(export.code == 0 && export.out.contains(#""name" : "Zed Quux""#), "\(export.out) \(export.err)")
            let csv = try await serve("export", address, "--format", "csv")
            #expect(csv.out.contains("subscriptions.1.name,Zed Quux"), "\(csv.out)")
            #expect(try await serve("restrict", address, "--yes").err.contains("Restricted: 1 subscription."))
            #expect(try await serve("unrestrict", address, "--yes").err.contains("Lifted: 1 subscription."))
            let opened = try await serve("requests", "open", "erasure", "--about", address)
            #expect(opened.code == 0 && opened.err.contains("Answer it by"), "\(opened.err)")
            #expect(
                try await serve("erase", address, "--never-again", "--yes").err.contains("Deleted: 1 subscription."))
            #expect(try await serve("requests", "ls", "--open").out.split(separator: "\n").count == 1)
            #expect(try await serve("find", address).out.contains("Never to be written to again"))
            #expect(try await serve("forgive", address, "--yes").code == 0)
            #expect(try await serve("find", address).code == 4)
            #expect(try await serve("erase", address, "--yes").code == 4)
            let trail = try await host.courant("audit", "tail")
            for words in ["subscriber.find", "in-full", "subscriber.erase", "request.open", "subscriber.forgive"] {
                #expect(trail.out.contains(words), "\(trail.out)")
            }
            ByteSearch("audit", trail.out).expectNothing(of: CourantdWalkTests.words)
            ByteSearch("log", host.log).expectNothing(of: CourantdWalkTests.words)
        }
    }
}
