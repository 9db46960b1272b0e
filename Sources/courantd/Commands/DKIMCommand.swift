import ArgumentParser
import DKIM
import DNS
import Foundation
import Mail
import Newsletter
import Wiring

struct DKIMCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dkim", abstract: "The keys that sign mail (DKIM), and their records in DNS.",
        discussion: """
            Most relays sign; then you need none of this. Each From domain has a key of its own, or its parent's.
            """,
        subcommands: [New.self, Print.self, Rotate.self])

    struct New: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "new", abstract: "Make a domain's key, and print the record to publish.",
            discussion: """
                The key is a file that its owner alone can read, in the folder that dkim.keys names, or else in dkim beside the
                key file. Publish the record, then name the folder in dkim.keys and restart the service.
                """)

        @Argument(help: "The domain that mail is from, or a parent of it.") var domain: String
        @OptionGroup var key: KeyOptions
        @OptionGroup var options: SettingsOptions

        func run() async throws {
            let (settings, _) = try await options.read()
            let domain = try KeyOptions.domain(domain)
            try await exiting {
                let step = try DKIMRotation(settings).make(
                    key.algorithm, for: domain, selector: try key.checked(), at: Date())
                step.show(settings)
            }
        }
    }

    struct Print: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "print", abstract: "Print the records of all keys, as DNS should have them.")

        @OptionGroup var options: SettingsOptions

        func run() async throws {
            let (settings, _) = try await options.read()
            try await exiting {
                let folder = settings.dkimFolder
                let entries = try folder.entries()
                if entries.isEmpty { note("There is no key in \(folder.path): courantd dkim new DOMAIN") }
                for entry in entries { try entry.show(folder) }
            }
        }
    }

    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rotate", abstract: "Give a domain another key, in two steps with two days between them.",
            discussion: """
                First: makes the next key and prints its record to publish. Mail is signed with the old key meanwhile, for receivers
                remember that there was no such record.
                Two days later, the same command: looks whether the record is published, and puts the new key in the old one's
                place, which is destroyed. Restart the service. Mail that is under way still needs the old record: keep it for seven
                days, then publish it with an empty p=, which says that the key is no longer in use.
                --now: does the second step at once, whatever DNS says: for a key that others may have.
                """)

        @Argument(help: "The key's domain.") var domain: String
        @Flag(name: .customLong("now"), help: "Switch without waiting and without asking DNS.") var hastily = false
        @OptionGroup var key: KeyOptions
        @OptionGroup var options: SettingsOptions

        func run() async throws {
            let (settings, _) = try await options.read()
            let domain = try KeyOptions.domain(domain)
            try await exiting {
                let step = try await DKIMRotation(settings).rotate(
                    domain, key.algorithm, selector: try key.checked(), hastily: hastily, at: Date())
                step.show(settings)
                if step.isRefused { throw ExitCode(2) }
            }
        }
    }
}

struct KeyOptions: ParsableArguments {
    @Flag(help: "Ed25519 (RFC 8463) in place of RSA: only beside an RSA key, for few receivers verify it.")
    var ed25519 = false
    @Option(help: "The key's name in DNS. Default: courant- and the day.") var selector: String?

    var algorithm: DKIMKey.Algorithm { ed25519 ? .ed25519 : .rsa }

    func checked() throws -> String? {
        guard let selector else { return nil }
        guard let name = DomainName.host(selector) else {
            throw ValidationError("“\(selector)” is no name for DNS: letters, digits and hyphens.")
        }
        return name
    }

    static func domain(_ text: String) throws -> String {
        guard let domain = DomainName.ascii(text) else {
            throw ValidationError("“\(text)” is no domain such as example.org.")
        }
        return domain
    }
}

extension DKIMRotation.Step {
    fileprivate var isRefused: Bool {
        switch self {
        case .waiting, .unpublished: true
        case .made, .begun, .switched: false
        }
    }

    fileprivate func show(_ settings: Settings) {
        switch self {
        case .made(let key, let isOn):
            RecordToPaste(key).show()
            note(
                isOn
                    ? "Publish this record, then restart the service: it signs from then on."
                    : "Publish this record, then set dkim.keys: \(settings.dkimFolder.path) and restart the service: it signs from then on."
            )
            note("courantd doctor looks whether the record is there as it should be.")
        case .begun(let key, let time):
            RecordToPaste(key).show()
            note(
                "Publish this record beside the old one. From \(time.formatted(.iso8601)) on it is known everywhere: then run the "
                    + "same command again. Until then mail is signed with the old key.")
        case .waiting(let key, let time):
            note(
                "The record \(key.recordName) is published, and not everybody knows it yet: run this again from "
                    + "\(time.formatted(.iso8601)) on. --now does not wait.")
        case .unpublished(let key, let words):
            RecordToPaste(key).show()
            note("The key stays as it is: \(words). Publish the record above, and run this again.")
        case .switched(let key, let old, let time):
            note("Restart the service: from then on it signs with \(key.recordName). The old key is destroyed.")
            note(
                "Keep the record \(old) until \(time.formatted(.iso8601)) for mail that is under way; then publish it as v=DKIM1; p="
            )
        }
    }
}

extension DKIMFolder.Entry {
    fileprivate func show(_ folder: DKIMFolder) throws {
        switch state {
        case .signs:
            RecordToPaste(try folder.key(self)).show()
        case .next:
            note("# The next key of \(domain): it signs after courantd dkim rotate \(domain).")
            RecordToPaste(try folder.key(self)).show()
        case .retired:
            let until = since + DKIMFolder.keep
            guard until <= Date() else {
                return note("# \(recordName) is an old key’s: keep its record until \(until.formatted(.iso8601)).")
            }
            note("# \(recordName) is an old key’s, and no mail needs it any more.")
            RecordToPaste(recordName, "TXT", "v=DKIM1; p=").show()
        }
    }
}

extension RecordToPaste {
    fileprivate init(_ key: DKIMKey) { self.init(key.recordName, "TXT", key.record) }

    /// Where a form takes one value, the strings go in without their quotation marks and without anything between them.
    fileprivate func show() { print("name   \(name)\ntype   \(type)\nvalue  \(zoneValue)\n") }
}
