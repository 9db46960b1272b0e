import CourantAPI
import CourantTesting
import Foundation
import HTTPTypes
import HummingbirdTesting
import Mail
import Newsletter
import Rendering
import Testing
import Wiring

/// Moving out, and in again.
@Suite struct ListExportTests {
    private static func lines(_ answer: TestResponse) throws -> (people: [LeaverInfo], marks: [LeaversMark]) {
        var (people, marks) = ([LeaverInfo](), [LeaversMark]())
        for line in answer.text.split(separator: "\n") {
            if let mark = try? JSON.decode(LeaversMark.self, from: Data(line.utf8)) {
                marks.append(mark)
            } else {
                people.append(try JSON.decode(from: Data(line.utf8)))
            }
        }
        return (people, marks)
    }

    @Test func `everybody is in it with what their consent rests on, and the audit keeps that it was written`()
        async throws
    {
        let web = try await WebApp.start()
        try await web.app.subscribe("ann@example.org", name: "Ann Lee")
        try await web.app.move("email,confirmed_at,wording\nbob@example.org,2025-04-03T10:15:22.250Z,Yes\n")
        try await web.app.courant.rights.restrict(.address(EmailAddress("bob@example.org"), by: .host))
        try await web.app.signUp("cy@example.org")
        let pia = try await web.token("Pia", .privacy)
        let answer = try await web.ask(.post, "/api/v1/lists/news/export", pia)
        #expect(answer.headers[.contentType] == "application/x-ndjson")
        let (people, marks) = try Self.lines(answer)
        #expect(marks == [LeaversMark(mark: "begin", people: 2), LeaversMark(mark: "end", people: 2)])
        #expect(people.map(\.email) == ["ann@example.org", "bob@example.org"])
        #expect(people[0].name == "Ann Lee" && people[0].wording == String(repeating: "ab", count: 32))
        #expect(people[0].evidence?.contains("Sign-up form of Example AS") == true && people[0].policy == "1")
        #expect(people[1].evidence == TestApp.evidence && people[1].state == "restricted")
        #expect(people[1].confirmedAt == "2025-04-03T10:15:22.250Z" && people[1].wording == "Yes")
        let entries = try await web.app.audited(.exportList)
        #expect(
            entries.map(\.result) == ["people=2"] && entries[0].subject == "list:news"
                && entries[0].actor == "staff:Pia")
        #expect(try await web.ask(.post, "/api/v1/lists/none/export", pia).status == .notFound)
        #expect(try await web.ask(.post, "/api/v1/lists/news/export", web.token("Eva", .sender)).status == .forbidden)
    }

    @Test func `a list of many pages is whole`() async throws {
        let web = try await WebApp.start()
        try await web.app.fill(1_203)
        let (people, marks) = try Self.lines(
            try await web.ask(.post, "/api/v1/lists/news/export", web.token("Pia", .privacy)))
        #expect(Set(people.map(\.email)).count == 1_203 && marks.last?.people == 1_203)
    }

    @Test func `what goes out comes in again, and nobody and no day is lost`() async throws {
        let (out, inward) = (try await WebApp.start(), try await TestApp.start())
        for app in [out.app, inward] { try await app.ask(company: true) }
        try await out.app.subscribe("ann@example.org", name: "'=Ann", company: "=Acme, \"Søn\" & Co. A/S")
        out.app.clock.advance(.milliseconds(1_234))
        try await out.app.subscribe("+bob@example.org")
        try await out.app.move("email,confirmed_at,state\ncy@example.org,2025-04-03,restricted\n")
        let (people, _) = try Self.lines(
            try await out.ask(.post, "/api/v1/lists/news/export", out.token("Pia", .privacy)))
        inward.clock.advance(.seconds(60))
        let head =
            "email,name,company,language,state,class,source,asked_at,confirmed_at,wording,policy,evidence,last_contact\n"
        let file = people.reduce(into: head) { file, one in
            file += CSV.line([
                one.email, one.name ?? "", one.company ?? "", one.language, one.state, one.class, one.source,
                one.askedAt ?? "",
                one.confirmedAt ?? "", one.wording ?? "", one.policy ?? "", one.evidence ?? "", one.lastContact,
            ])
        }
        #expect(try await inward.move(file).imported == 3)
        for address in ["ann@example.org", "+bob@example.org", "cy@example.org"] {
            let (before, after) = (
                try await out.app.find(address).subscriptions[0], try await inward.find(address).subscriptions[0]
            )
            let (old, new) = (before.subscription, after.subscription)
            #expect(
                old.consent?.confirmedAt == new.consent?.confirmedAt && old.consent?.askedAt == new.consent?.askedAt)
            #expect(old.consent?.text == new.consent?.text && old.consent?.policy == new.consent?.policy)
            #expect(old.state == new.state && old.language == new.language && old.class == new.class)
            #expect(old.lastActivity == new.lastActivity && before.person.address == after.person.address)
            #expect(before.person.company == after.person.company)
            #expect(
                new.consent?.isFromElsewhere == true && after.evidence != nil
                    && before.wording?.text == after.wording?.text)
        }
    }
}
