import CourantTesting
import Foundation
import Mail
import Outbound
import Testing

/// SIGHUP: what a service that runs takes over, and what it leaves.
@Suite(.timeLimit(.minutes(10))) struct CourantdReloadTests {
    @Test func `SIGHUP takes over words and the log's level, and names what waits for a restart`() async throws {
        try await Host.with { host in
            let locale = try host.ownTemplates().appending(path: "locales/en.yaml")
            let service = try await host.serve()
            try await host.furnish()
            // Both are made once and kept: the page, and the mail.
            #expect(try await host.get("/?locale=en").text.contains("News worth opening"))
            try await host.subscribe("before@reader.example")
            try locale.exchange("News worth opening", "Spring is worth opening")
            try locale.exchange("One step left: confirm your subscription", "Nearly there")
            try locale.exchange("I would like {{organisation.name}} to send", "I wish {{organisation.name}} to send")
            host.set([
                "log.level": "warning", "mail.from": "Others <others@company.example>",
            ])
            _ = try host.writeSettings()
            service.signal(SIGHUP)
            try await eventually("it is said") { service.saidOut.contains("read again") }
            let said = try #require(service.saidOut.split(separator: "\n").first { $0.contains(#""read again""#) })
            #expect(said.contains(#""settings":"log.level""#), "\(said)")
            #expect(said.contains(#""wait for a restart":"mail.from""#), "\(said)")
            let page = try await host.get("/?locale=en").text
            #expect(page.contains("Spring is worth opening") && page.contains("I wish Company AS to send"))
            let lines = service.saidOut.split(separator: "\n").count
            try await host.subscribe("after@reader.example")
            #expect(try await host.mail(to: "after@reader.example", 1).reader["subject"] == "Nearly there")
            #expect(service.saidOut.split(separator: "\n").count == lines, "below the new level")
            let consent = try await host.courant("consent", "show", "after@reader.example")
            #expect(consent.out.contains("I wish Company AS to send"), "\(consent.out)\(consent.err)")
            service.signal(SIGTERM)
            #expect(try await service.ended().code == 0)
        }
    }

    @Test func `what is wrong is said, and all stays as it was`() async throws {
        try await Host.with { host in
            let templates = try host.ownTemplates()
            let service = try await host.serve()
            try await host.furnish()
            let page = try await host.get("/?locale=en").text
            for (number, spoil) in Self.spoilt(templates).enumerated() {
                let mend = try spoil(host)
                service.signal(SIGHUP)
                try await eventually("refusal \(number) is said") {
                    service.saidOut.components(separatedBy: "nothing is taken over").count == number + 2
                }
                #expect(try await host.get("/?locale=en").text == page)
                try mend()
                _ = try host.writeSettings()
            }
            service.signal(SIGHUP)
            try await eventually("and then it is taken over") { service.saidOut.contains(#""read again""#) }
            service.signal(SIGTERM)
            #expect(try await service.ended().code == 0)
        }
    }

    /// Each makes something wrong, and gives what puts it right.
    private static func spoilt(_ templates: URL) -> [(Host) throws -> () throws -> Void] {
        [
            { host in
                host.set(["relay.tls": "perhaps"])
                _ = try host.writeSettings()
                return { host.set(["relay.tls": "\"off\""]) }
            },
            { _ in
                let page = templates.appending(path: "pages/subscribe.mustache")
                let text = try String(contentsOf: page, encoding: .utf8)
                try Data((text + "{{#open}}").utf8).write(to: page)
                return { try Data(text.utf8).write(to: page) }
            },
            { _ in
                let language = templates.appending(path: "locales/de.yaml")
                let aside = templates.appending(path: "de.yaml")
                try FileManager.default.moveItem(at: language, to: aside)
                return { try FileManager.default.moveItem(at: aside, to: language) }
            },
            { host in
                let promises = host.home.appending(path: "own.yaml")
                let text =
                    "promises:\n  N6: {says: A captcha guards the form., check: captcha-guards, required: true}\n"
                try Data(text.utf8).write(to: promises)
                host.set(["promises.file": promises.path])
                _ = try host.writeSettings()
                return { host.set(["promises.file": nil]) }
            },
            { host in
                host.set(["promises.file": host.home.appending(path: "nowhere.yaml").path])
                _ = try host.writeSettings()
                return { host.set(["promises.file": nil]) }
            },
        ]
    }
}

extension Host {
    /// The shipped ones, copied, for changes.
    fileprivate func ownTemplates() throws -> URL {
        let templates = home.appending(path: "templates")
        try FileManager.default.copyItem(at: URL.repository.appending(path: "templates"), to: templates)
        set(["templates.directory": templates.path])
        return templates
    }
}

extension URL {
    fileprivate func exchange(_ old: String, _ new: String) throws {
        let text = try String(contentsOf: self, encoding: .utf8)
        #expect(text.contains(old))
        try Data(text.replacing(old, with: new).utf8).write(to: self)
    }
}
