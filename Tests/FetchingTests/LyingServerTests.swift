import CourantTesting
import Foundation
import Mail
import Synchronization
import Testing

@testable import Fetching

/// Servers that are broken, or wish us ill.
@Suite(.timeLimit(.minutes(20))) struct `A mailbox at a server that lies` {
    private typealias Mail = IMAPStub.Mail

    private func configuration(_ stub: IMAPStub) -> MailboxConfiguration { .local(.imap, stub.port) }

    /// In answer to the first command of that kind only.
    private func once(_ start: String, _ lie: IMAPStub.Lie) -> IMAPStub.Liar {
        { command, state in
            command.hasPrefix(start) && state.commands.count { $0.hasPrefix(start) } == 1 ? lie : nil
        }
    }

    @Test func `what stands in a mail is nothing that the server says`() async throws {
        let text = "ours\r\nc1 OK done\r\nA004 OK\r\n* 99 EXISTS\r\n{5}\r\n)\r\n"
        let stub = try IMAPStub([Mail(4, text), Mail(9, "theirs {3}\r\n")])
        let fetching = RunningFetcher(configuration(stub))
        try await fetching.reads(2)
        #expect(fetching.mails == [text, "theirs {3}\r\n"] && fetching.failures.isEmpty)
        #expect(stub.state.mails.map(\.uid) == [9])
    }

    @Test(arguments: [
        "* 1 FETCH (UID 4 BODY[]<0> {99999999}\r\n", "* 1 FETCH (UID 4 BODY[]<0> {99999999999999999999}\r\n",
        "* 1 FETCH (UID 4 BODY[]<0> {2}\r\nours)\r\nTAG OK done\r\n", "* 1 FETCH (UID 4 BODY[]<0> {-1}\r\n",
        "* 1 FETCH ((((((((((((((((((((((", "nonsense\r\n", "\r\n\u{0}\r\n",
    ])
    func `a length that is wrong ends the connection, and the next one reads the mail`(_ lie: String) async throws {
        let long = lie.hasSuffix("((") ? lie + String(repeating: "(", count: 70_000) : lie
        let stub = try IMAPStub([Mail(4, "ours")], lie: once("UID FETCH", .say(long)))
        let fetching = RunningFetcher(configuration(stub))
        try await fetching.reads()
        #expect(fetching.failures.first.map { if case .garbled = $0 { true } else { false } } == true)
        #expect(fetching.mails == ["ours"] && stub.state.mails.isEmpty)
    }

    @Test func `a literal that is too long swallows what is behind it, and nothing comes of that`() async throws {
        let stub = try IMAPStub(
            [Mail(4, "ours")],
            lie: once("UID FETCH", .leave("* 1 FETCH (UID 4 BODY[]<0> {400}\r\nours)\r\nTAG OK done\r\n")))
        let fetching = RunningFetcher(configuration(stub))
        try await fetching.reads()
        #expect(fetching.failures == [.lost("it closed the connection")] && fetching.mails == ["ours"])
    }

    @Test(arguments: ["CAPABILITY", "SELECT", "FETCH", "UID FETCH", "UID STORE", "UID EXPUNGE"])
    func `a server that hangs or goes away at any step is asked again`(_ step: String) async throws {
        for lie in [IMAPStub.Lie.hang("* OK still"), .leave("* 1 FETCH (UID 4 BODY[]<0> {40}\r\nou")] {
            let stub = try IMAPStub([Mail(4, "ours"), Mail(7, "theirs")], lie: once(step, lie))
            let fetching = RunningFetcher(configuration(stub).changed { $0.timeouts.reply = .milliseconds(50) })
            try await fetching.reads()
            #expect(!fetching.failures.isEmpty && stub.state.mails.map(\.uid) == [7])
            #expect(fetching.mails.contains("ours") && fetching.mails.contains("theirs"))
        }
    }

    @Test func `a line without an end, and an answer without one, are given up`() async throws {
        let endless = try IMAPStub([Mail(4, "ours")], lie: once("FETCH", .hang(String(repeating: "x", count: 100_000))))
        let fetching = RunningFetcher(configuration(endless))
        guard case .garbled = try await fetching.fails() else { throw TestFailure("\(fetching.failures)") }
        let chatter = String(repeating: "* OK still here\r\n", count: 1000)
        let babbling = try IMAPStub([Mail(4, "ours")]) { command, _ in command.hasPrefix("FETCH") ? .say(chatter) : nil
        }
        let other = RunningFetcher(
            configuration(babbling).changed {
                $0.timeouts.command = .milliseconds(50)
                $0.timeouts.reply = .milliseconds(20)
            })
        try await eventually("it is given up") { other.losses > 0 }
    }

    @Test func `another UIDVALIDITY begins anew, the same one does not`() async throws {
        let stub = try IMAPStub([Mail(4, "theirs"), Mail(6, "ours")])
        let fetching = RunningFetcher(configuration(stub))
        try await fetching.reads(3)
        #expect(fetching.mails == ["theirs", "ours"])
        stub.change {
            $0.validity = 8
            $0.mails = [Mail(1, "theirs"), Mail(2, "new and ours")]
        }
        try await fetching.reads(2)
        #expect(fetching.mails == ["theirs", "ours", "theirs", "new and ours"] && stub.state.mails.count == 1)
    }

    @Test func `UIDs with any gaps are found`() async throws {
        let uids = [1, 2, 70_000, 4_000_000_000, 4_294_967_290]
        let stub = try IMAPStub(uids.map { Mail($0, "theirs \($0)") })
        let fetching = RunningFetcher(configuration(stub))
        try await fetching.reads(2)
        stub.change { $0.mails.append(Mail(4_294_967_295, "ours at the end")) }
        try await eventually("it is read") { fetching.mails.count == 6 }
        #expect(fetching.mails.dropLast() == uids.map { "theirs \($0)" }[...])
    }

    @Test func `a full box that lets nobody mark anything is told, and no mail is lost`() async throws {
        let stub = try IMAPStub([Mail(4, "ours")]) { command, state in
            command.hasPrefix("UID STORE") && state.validity == 7 ? .say("TAG NO [OVERQUOTA] Quota exceeded\r\n") : nil
        }
        let fetching = RunningFetcher(configuration(stub))
        #expect(try await fetching.fails() == .refused(command: "UID STORE", words: "NO Quota exceeded"))
        #expect(stub.state.mails == [Mail(4, "ours")])
        stub.change { $0.validity = 8 }
        try await fetching.reads()
        #expect(stub.state.mails.isEmpty)
    }

    @Test func `without UIDPLUS nothing is removed that others have marked`() async throws {
        var marked = Mail(5, "theirs")
        marked.isDeleted = true
        let stub = try IMAPStub([Mail(4, "ours"), marked])
        stub.change { $0.abilities = "IMAP4rev1 AUTH=PLAIN SASL-IR" }
        let fetching = RunningFetcher(configuration(stub))
        try await fetching.reads(2)
        #expect(stub.state.mails.map(\.isDeleted) == [true, true] && !stub.state.commands.contains("EXPUNGE"))
        #expect(fetching.mails == ["ours"], "what is marked is not read")
        stub.change { $0.mails = [Mail(8, "ours too")] }
        try await eventually("it goes") { stub.state.mails.isEmpty }
    }

    @Test func `what cannot be handled now stays, and is read again`() async throws {
        let stub = try IMAPStub((1...5).map { Mail($0, "ours \($0)") })
        let attempts = Attempts()
        let fetching = RunningFetcher(
            configuration(stub), judge: { $0 == "ours 3" && attempts.next() < 3 ? .later : .delete })
        try await eventually("all go") { stub.state.mails.isEmpty }
        #expect(fetching.failures == [.notHandled, .notHandled])
        #expect(
            fetching.mails.filter { $0 == "ours 1" }.count == 1 && fetching.mails.filter { $0 == "ours 3" }.count == 3)
    }

    @Test func `a token is read anew for each login, and an empty file is told`() async throws {
        let directory = try TemporaryDirectory()
        let file = "\(directory.path)/token"
        let stub = try IMAPStub([Mail(1, "ours")])
        stub.change { $0.abilities = "IMAP4rev1 UIDPLUS SASL-IR AUTH=PLAIN AUTH=XOAUTH2" }
        let fetching = RunningFetcher(configuration(stub).changed { $0.secret = .tokenFile(file) })
        #expect(try await fetching.fails() == .noToken(path: file))
        try Data("the-token\n".utf8).write(to: URL(filePath: file))
        try await fetching.reads()
        let login = try #require(stub.state.commands.first { $0.hasPrefix("AUTHENTICATE XOAUTH2 ") })
        let said = Data(base64Encoded: String(login.dropFirst("AUTHENTICATE XOAUTH2 ".count))) ?? Data()
        #expect(String(decoding: said, as: UTF8.self) == "user=courant\u{1}auth=Bearer the-token\u{1}\u{1}")
    }

    @Test func `who offers no SASL is told user and password by LOGIN`() async throws {
        let stub = try IMAPStub([Mail(1, "ours")])
        stub.change { $0.abilities = "IMAP4rev1" }
        let fetching = RunningFetcher(configuration(stub))
        try await eventually("it goes: \(fetching.failures)") { stub.state.mails.isEmpty }
        #expect(stub.state.commands.contains { $0.hasPrefix("LOGIN ") })
    }

    @Test func `where TLS is required nothing is said to a server without`() async throws {
        let stub = try IMAPStub([Mail(1, "ours")])
        let fetching = RunningFetcher(configuration(stub).changed { $0.requiresTLS = true })
        #expect(try await fetching.fails() == .insecure(.notOffered))
        #expect(!stub.state.commands.contains { $0.hasPrefix("LOGIN") || $0.hasPrefix("AUTHENTICATE") })
    }

    @Test func `one that is not wanted does not connect`() async throws {
        let stub = try IMAPStub([Mail(1, "ours")])
        let wanted = Attempts()
        let fetching = RunningFetcher(configuration(stub), while: { wanted.next() > 20 })
        try await fetching.reads()
        #expect(wanted.next() > 20 && stub.state.commands.count { $0.hasPrefix("SELECT") } >= 1)
    }
}

private final class Attempts: Sendable {
    private let count = Mutex(0)

    func next() -> Int {
        count.withLock {
            $0 += 1
            return $0
        }
    }
}
