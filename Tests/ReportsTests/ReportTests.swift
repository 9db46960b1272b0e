import Foundation
import Mail
import Reports
import Testing

/// Reports in the shapes that real servers give them, with made-up people: `Tests/Samples/reports`.
@Suite struct ReportTests {
    static let expected: [(String, Report.Kind, ReportClass, status: String)] = [
        ("postfix-unknown-user", .delivery, .dead, "5.1.1"),
        ("postfix-local", .delivery, .strike, "5.1.1"),
        ("postfix-expired", .delivery, .soft, "4.4.1"),
        ("postfix-delayed", .delivery, .delayed, "4.2.2"),
        ("postfix-no-host", .delivery, .strike, "5.4.4"),
        ("full-says-5-1-1", .delivery, .full, "5.1.1"),
        ("godaddy-quota-of-ours", .delivery, .ours, "5.1.1"),
        ("facebook-preferences", .delivery, .strike, "5.1.1"),
        ("gmail-inactive", .delivery, .disabled, "5.2.1"),
        ("gmail-dmarc", .delivery, .ours, "5.7.26"),
        ("gmail-nosuchuser", .delivery, .dead, "5.1.1"),
        ("exchange-restricted", .delivery, .refused, "5.7.124"),
        ("exchange-access-denied", .delivery, .strike, "5.4.1"),
        ("docomo-unknown-without-code", .delivery, .strike, "5.0.0"),
        ("alias-expanded", .delivery, .full, "5.2.2"),
        ("delivered", .delivery, .auto, "2.1.5"),
        ("outlook-quotes-another", .delivery, .strike, "5.1.351"),
        ("one-block", .delivery, .dead, "5.1.10"),
        ("diagnosis-apart", .delivery, .dead, "5.1.1"),
        ("utf8-global", .delivery, .dead, "5.1.1"),
        ("status-without-words", .delivery, .full, "5.0.0"),
        ("gave-up-after-days", .delivery, .ours, "4.7.1"),
        ("arf-yahoo", .complaint, .complaint, ""),
        ("arf-jmrp-redacted", .complaint, .complaint, ""),
        ("arf-not-spam", .complaint, .auto, ""),
        ("qmail", .text, .strike, "5.1.1"),
        ("exim", .text, .full, "5.2.2"),
        ("text-warning", .text, .delayed, ""),
        ("vacation", .reply, .auto, ""),
        ("forged-quoted-bounce", .reply, .auto, ""),
        ("leave", .reply, .auto, ""),
    ]

    @Test(arguments: expected) func `each real shape is read`(
        _ name: String, _ kind: Report.Kind, _ verdict: ReportClass, _ status: String
    ) throws {
        for mail in [try sample(name), crlf(try sample(name))] {
            let report = Report(mail)
            #expect(report.kind == kind && report.verdict == verdict && report.status == status, "\(report)")
        }
    }

    @Test func `every sample is expected to be something`() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: samples.path)
        #expect(Set(names) == Set(Self.expected.map { $0.0 + ".eml" }))
    }

    @Test func `the returned mail says whose it is, wherever a server has put it`() throws {
        let link = "<https://www.example.org/unsubscribe/LINK>"
        for (name, kind, _, _) in Self.expected where kind != .reply && name != "text-warning" {
            let report = Report(try sample(name))
            #expect(report.marks.contains(Mark(place: .unsubscribe, text: link)), "\(name)")
            #expect(report.messageID?.hasPrefix("<c42.") == true, "\(name)")
        }
        let redacted = Report(try sample("arf-jmrp-redacted")).marks
        #expect(redacted.filter { $0.text.contains("TAG") }.isEmpty && redacted.last?.text == link)
    }

    @Test func `the address that it was handed to comes first, and what a part quotes does not count`() throws {
        let report = Report(try sample("forged-quoted-bounce")).handed(to: "bounce+OTHER@bounces.example.org")
        #expect(report.marks.map(\.text) == ["bounce+OTHER@bounces.example.org", "bounce+TAG@bounces.example.org"])
        #expect(report.marks.allSatisfy { $0.place == .recipient })
    }

    @Test func `only a person's mail can be a wish`() throws {
        #expect(Report(try sample("leave")).isByPerson)
        for (name, _, _, _) in Self.expected where !["leave", "forged-quoted-bounce"].contains(name) {
            #expect(!Report(try sample(name)).isByPerson, "\(name)")
        }
        let leave = try sample("leave")
        for line in ["Auto-Submitted: auto-generated", "Precedence: auto_reply", "X-Autoreply: yes"] {
            #expect(!Report(Array("\(line)\n".utf8) + leave).isByPerson)
        }
        #expect(Report(Array("Auto-Submitted: no\n".utf8) + leave).isByPerson)
        #expect(!Report(leave, from: "").isByPerson, "the envelope's null path")
    }

    @Test func `of ten megabytes no more than the first quarter is looked at`() throws {
        var mail = try sample("postfix-unknown-user")
        mail += [UInt8](repeating: UInt8(ascii: "x"), count: 10 * 1024 * 1024)
        #expect(Report(mail).verdict == .dead)
        let late = [UInt8](repeating: UInt8(ascii: "x"), count: Report.longest) + (try sample("postfix-unknown-user"))
        #expect(Report(late).verdict == .auto)
    }

    @Test func `nesting and a thousand parts come to an end`() {
        var nested = "From: mailer-daemon@example.com\n"
        for depth in 0..<200 {
            nested += "Content-Type: multipart/report; boundary=\"b\(depth)\"\n\n--b\(depth)\n"
        }
        #expect(Report(Array(nested.utf8)).verdict == .soft)
        let many = "Content-Type: multipart/report; boundary=b\n\n" + String(repeating: "--b\n\nx\n", count: 10_000)
        #expect(MIMEEntity(Array(many.utf8)[...]).parts.count == MIMEEntity.mostParts)
        #expect(Report(Array(many.utf8)).verdict == .auto)
    }
}

let samples = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Samples/reports")

func sample(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: samples.appending(path: "\(name).eml"))) }

func crlf(_ bytes: [UInt8]) -> [UInt8] { bytes.flatMap { $0 == 0x0A ? [0x0D, 0x0A] : [$0] } }
