import CourantTesting
import Foundation
import HTTPTypes
import HummingbirdTesting
import Mail
import Newsletter
import Rendering
import SQLStore
import Testing
import Wiring

@testable import Web

/// What people are told is true, by how they came.
@Suite struct ProvenanceTests {
    /// Strings by which each language says that somebody typed the address, or signed up.
    static let typed = [
        "mail.confirm.asked", "mail.confirm.code", "mail.footer.why_transactional", "mail.footer.why_newsletter",
    ]

    @Test(arguments: Language.shipped)
    func `an imported person is told of the file, its source and the day, and not of a form`(
        _ code: String
    ) async throws {
        let app = try await TestApp.start()
        try await app.bringIn("email,language\nann@example.org,\(code)\n")
        try await app.deliverAllMail()
        let mail = try #require(app.relay.mails(to: "ann@example.org").first).flat
        let (templates, language) = (app.courant.templates, try #require(Language(code)))
        let day = app.clock.wall.now().day(in: language, .gmt)
        #expect(mail.contains("our stand at the fair") && mail.contains(day), "\(mail)")
        #expect(mail.contains("/confirm/") && mail.contains("/refuse"))
        for key in Self.typed {
            let beginning = templates.string(key, language: language).prefix { $0 != "{" && $0 != "*" }
            #expect(beginning.count < 10 || !mail.contains(beginning), "\(key): \(mail)")
        }
        #expect(!mail.contains(/[0-9A-Z]{4}-[0-9A-Z]{4}/), "a code that no page takes")
        let sentence = templates.string(
            "consent.text", language: language, values: ["organisation.name": "Example AS"])
        #expect(mail.contains(sentence), "the sentence that the button agrees to")
    }

    @Test func `who left and stands in an old file is told why they hear from us, and can end it`() async throws {
        let app = try await TestApp.start()
        try await app.subscribe("ann@example.org")
        try await app.unsubscribe("ann@example.org")
        try await app.bringIn("email\nann@example.org\n")
        try await app.deliverAllMail()
        let mail = try #require(app.relay.mails(to: "ann@example.org").last)
        #expect(mail.flat.contains("Were you on **Example News** before") || mail.flat.contains("before, and left?"))
        #expect(mail.flat.contains("our stand at the fair"))
        let token = try #require(mail.token(after: "/confirm/").flatMap { Token($0) })
        _ = try await app.courant.subscriptions.refuse(token, neverAgain: true)
        #expect(try await app.bringIn("email\nann@example.org\n").blocked == 1)
    }

    @Test func `who is asked by us sees source and sentence on the page, and no steps that they never took`()
        async throws
    {
        let web = try await WebApp.start()
        try await web.app.bringIn("email\nann@example.org\n")
        try await web.app.deliverAllMail()
        let link = try #require(web.app.relay.mails.first?.token(after: "/confirm/"))
        let page = try await web.ask(.get, "/confirm/\(link)").text
        #expect(page.contains("our stand at the fair") && page.contains("send me newsletters by email"))
        #expect(!page.contains("class=\"journey\"") && !page.contains("somebody entered your address"))
        let refusal = try await web.ask(.get, "/confirm/\(link)/refuse").text
        #expect(refusal.contains("our stand at the fair") && !refusal.contains("somebody entered"))
        let done = try await web.form("/confirm/\(link)", "")
        #expect(done.status == .ok && !done.text.contains("class=\"journey\""))
        try await web.app.deliverAllMail()
        let welcome = try #require(web.app.relay.mails.last).flat
        #expect(welcome.contains("just confirmed") && !welcome.contains("entered on our sign-up page"))
    }

    @Test func `who signed up sees the sentence before the button, in mail and on the page`() async throws {
        let web = try await WebApp.start()
        _ = try await web.form("/subscribe", "email=ann%40example.org&locale=nb")
        try await web.app.deliverAllMail()
        let mail = try #require(web.app.relay.mails.first)
        #expect(mail.flat.contains("Jeg vil gjerne få nyhetsbrev på e-post fra Example AS"))
        let page = try await web.ask(.get, "/confirm/\(#require(mail.token(after: "/confirm/")))?locale=nb").text
        let sentence = try #require(page.range(of: "Jeg vil gjerne få nyhetsbrev"))
        let button = try #require(page.range(of: "button-great"))
        #expect(sentence.lowerBound < button.lowerBound && page.contains("class=\"journey\""))
    }

    @Test func `a newsletter says that one subscribes only where one does`() async throws {
        let app = try await TestApp.start()
        try await app.createList("press", title: "Press", basis: .legitimateInterest)
        try await app.bringIn("email\nbo@example.org\n", onto: "press", basis: .legitimateInterest)
        try await app.subscribe("ann@example.org")
        for list in ["news", "press"] { try await app.launch(list: list) }
        try await app.deliverAllMail()
        let (ann, bo) = (app.relay.mails(to: "ann@example.org").last, app.relay.mails(to: "bo@example.org").last)
        #expect(ann?.flat.contains("because you subscribe to Example News") == true)
        #expect(bo?.flat.contains("because your address is on our list Press") == true)
        #expect(bo?.flat.contains("subscribe to") == false && bo?.flat.contains("/privacy") == true)
    }

    @Test func `the first notice claims nothing that is not known`() async throws {
        let app = try await TestApp.start()
        try await app.createList("partners", title: "For partners", basis: .legitimateInterest)
        try await app.bringIn(
            "email,last_contact\nann@example.org,2025-12-01\n", onto: "partners", basis: .legitimateInterest,
            class: .partner)
        try await app.deliverAllMail()
        let mail = try #require(app.relay.mails.first).flat
        #expect(!mail.contains("yourself") && !mail.contains("nobody but"))
        for words in ["6 January 2026", "business partner", "localhost", "1 December 2026", "365 days"] {
            #expect(mail.contains(words), "\(words): \(mail)")
        }
    }

    @Test(arguments: Language.shipped)
    func `the privacy page says of a partner what they are, and nothing that they never did`(
        _ code: String
    ) async throws {
        let web = try await WebApp.start()
        try await web.app.createList("partners", basis: .legitimateInterest)
        try await web.app.bringIn(
            "email\nann@example.org\n", onto: "partners", basis: .legitimateInterest, class: .partner)
        try await web.app.deliverAllMail()
        let link = try await web.app.privacyLink("ann@example.org").text
        let page = try await web.ask(.get, "/privacy/\(link)?locale=\(code)").text
        let (templates, language) = (web.app.courant.templates, try #require(Language(code)))
        let partner = templates.string("held.classes.partner", language: language)
        #expect(page.contains(partner) && page.contains("our stand at the fair"))
        for key in ["facts.asked", "source_form", "states.pending"] {
            let claim = templates.string("held.\(key)", language: language)
            #expect(!page.contains(">\(claim)<"), "\(claim)")
        }
    }

    @Test func `who signs up by the form has consented, whatever the basis of the list's imports`() async throws {
        let web = try await WebApp.start()
        try await web.app.createList("partners", basis: .legitimateInterest)
        try await web.app.subscribe("ann@example.org", lists: ["partners"])
        #expect(try await web.app.find("ann@example.org").subscriptions.first?.subscription.basis == .consent)
        let way = try web.unsubscribePath("ann@example.org")
        let link = try await web.app.privacyLink("ann@example.org").text
        for place in ["/privacy/\(link)", "/privacy/\(link)/export.json"] {
            let told = try await web.ask(.get, place).text
            #expect(told.contains("your consent") && !told.contains("our legitimate interest"), "\(told)")
        }
        let page = try await web.ask(.get, way).text
        #expect(!page.contains("GDPR Art. 21"))
        #expect(try await !web.form(way, "unsubscribe=yes").has("GDPR Art. 21"))
        let fingerprint = web.app.courant.keyring.fingerprint(of: try EmailAddress("ann@example.org"))
        #expect(try await web.app.courant.store.read { try $0.fingerprints(fingerprint) }.isEmpty)
    }

    @Test func `who stands in a file and signs up by the form before we wrote has consented`() async throws {
        let app = try await TestApp.start()
        try await app.createList("partners", basis: .legitimateInterest)
        try await app.bringIn("email\nann@example.org\n", onto: "partners", basis: .legitimateInterest)
        app.clock.advance(.seconds(601))
        try await app.subscribe("ann@example.org", lists: ["partners"])
        let ann = try #require(try await app.find("ann@example.org").subscriptions.first?.subscription)
        #expect(ann.state == .active && ann.basis == .consent && ann.source == Subscription.form)
    }

    @Test(arguments: Language.shipped)
    func `who was put on a list is told of the fingerprint before and after leaving`(_ code: String) async throws {
        let web = try await WebApp.start()
        try await web.app.createList("partners", basis: .legitimateInterest)
        try await web.app.bringIn("email\nann@example.org\n", onto: "partners", basis: .legitimateInterest)
        try await web.app.deliverAllMail()
        let (here, query) = (try web.unsubscribePath("ann@example.org"), "?locale=\(code)")
        let words = web.app.courant.templates.string("fingerprint.stays", language: try #require(Language(code)))
        #expect(try await web.ask(.get, here + query).text.contains(words))
        #expect(try await web.form(here + query, "unsubscribe=yes").text.contains(words))
    }

    @Test func `mails on a list of legitimate interest say that a fingerprint stays`() async throws {
        let app = try await TestApp.start()
        try await app.createList("press", title: "Press", basis: .legitimateInterest)
        try await app.bringIn("email\nbo@example.org\n", onto: "press", basis: .legitimateInterest)
        try await app.deliverAllMail()
        try await app.launch(list: "press")
        try await app.deliverAllMail()
        app.passDays(1)
        try await app.signUp("bo@example.org", lists: ["press"])
        try await app.deliverAllMail()
        let mails = app.relay.mails(to: "bo@example.org")
        #expect(mails.count == 3 && mails.allSatisfy { $0.flat.contains("a fingerprint of") })
    }

    @Test func `a preview shows the subject that goes out`() async throws {
        let app = try await TestApp.start()
        let source = "---\nsubject: \"{{name}}{{^name}}You{{/name}}, look\"\npreheader: \"For {{name}}\"\n---\nHello\n"
        let slug = Slug("news")
        let preview = try await app.courant.campaigns.preview(source, list: slug, name: PersonName("Ann"))
        #expect(preview.subject == "Ann, look" && preview.preheader == "For Ann")
        #expect(try await app.courant.campaigns.preview(source, list: slug, name: nil).subject == "You, look")
    }
}

extension RecordedMail {
    /// With each run of white space as one space.
    var flat: String { text.split(whereSeparator: \.isWhitespace).joined(separator: " ") }
}
