import ArgumentParser
import Foundation
import Newsletter
import Wiring

struct SetupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "setup", abstract: "Write the settings, make the first list and the first login.",
        discussion: """
            Asks at a terminal for what no option says; without one, each that is needed must be said. What is wrong is asked
            again, or listed, and nothing is written. A password is asked for and kept in a file of its own, or is in the
            file that an option names. Then courantd doctor's checks are made. The token of the login goes to standard
            output, the rest to standard error.
            """)

    @Option(
        help: "The settings file to write. Default: /etc/courant/courant.yaml of a package, or config/courant.yaml.")
    var config: String?
    @Flag(help: "Write it also where there is one.") var force = false
    @OptionGroup(title: "Settings") var said: SetupOptions
    @Option(help: "The first list's title.") var listTitle = "News"
    @Option(help: "The first list's word in addresses and commands.") var list = "news"
    @Option(help: "The name of the first login, which may do everything.") var admin = "admin"

    func validate() throws {
        guard said.captchaProvider != "none" else {
            throw ValidationError("--captcha-provider: \(Question.needsCaptcha).")
        }
        guard Slug(list) != nil else { throw ValidationError("--list is small letters, digits and - between them.") }
    }

    func run() async throws {
        try await exiting {
            let place = SetupPlace(file: config)
            guard force || !place.isTaken else {
                throw StartFailure.setup("\(place.file) is there already. Change it, or write another with --force.")
            }
            var answers = try await answers()
            place.complete(&answers)
            let setup = Setup(place)
            let settings = try await setup.write(
                answers, replacing: force, environment: ProcessInfo.processInfo.environment)
            note("The settings are in \(place.file).")
            try place.becomeOwner()
            await lookAround(settings)
            try await furnish(setup, settings)
            tellWhatNext(place, settings)
        }
    }

    // MARK: Questions

    private func answers() async throws -> SetupAnswers {
        var answers = said.answers
        if Keyboard.isThere { answers = try await asked(answers) }
        answers.followRelay()
        answers.limit()
        let missing = answers.missing
        guard missing.isEmpty else {
            let options = missing.map(SetupOptions.option(of:)).joined(separator: ", ")
            throw ValidationError("There is no terminal to ask at: say \(options).")
        }
        return answers
    }

    private func asked(_ given: SetupAnswers) async throws -> SetupAnswers {
        var answers = try await ask(Question.first, given)
        if answers["relay.user"] != nil, answers["relay.password-file"] == nil {
            answers.secrets["relay.password-file"] = try typed("Its password")
        }
        answers = try await ask(Question.then, answers)
        guard answers.asksProvider else { return answers }
        answers = try await ask([Question.siteKey], answers)
        if answers["captcha.secret-file"] == nil { answers.secrets["captcha.secret-file"] = try typed("Its secret") }
        return answers
    }

    private func ask(_ questions: [Question], _ given: SetupAnswers) async throws -> SetupAnswers {
        var answers = given
        for question in questions where answers[question.key] == nil {
            guard let next = await question.ask(answers) else { throw Self.ended }
            answers = next
        }
        return answers
    }

    private func typed(_ question: String) throws -> String {
        while let secret = Keyboard.secret(question) {
            if !secret.isEmpty { return secret }
        }
        throw Self.ended
    }

    private static var ended: StartFailure { .setup("\nThe settings were not written.") }

    // MARK: What follows

    private func lookAround(_ settings: Settings) async {
        for finding in await Doctor(settings, progress: { note("… \($0)") }).examine() where finding.verdict == .wrong {
            note("✗ \(finding.subject): \(finding.words)")
        }
    }

    private func furnish(_ setup: Setup, _ settings: Settings) async throws {
        guard let slug = Slug(list) else { return }
        let made = try await setup.furnish(settings, list: listTitle, slug: slug, admin: admin)
        note(made.list == nil ? "There is a list \(list) already." : "The list \(list) is there.")
        guard let login = made.login else {
            return note("There is a login of \(admin) already. Another: courantd staff add NAME --role admin")
        }
        note("\(login.member.name) may do everything, until \(login.member.expiresAt.day). This token is shown once:")
        print(login.token.text)
    }

    private func tellWhatNext(_ place: SetupPlace, _ settings: Settings) {
        let option = config.map { " --config \($0)" } ?? ""
        let here =
            place.isPackaged
            ? ["systemctl enable --now courantd", "systemctl enable --now courant-backup.timer"]
            : ["courantd serve\(option)", "courantd promises\(option)"]
        note("Next, with a proxy before \(settings.http.host):\(settings.http.port) that ends TLS:")
        for line in here + ["courant login \(settings.http.publicURL)"] { note("  \(line)") }
    }
}

/// What may be said beforehand. The rest has defaults, or is asked for.
struct SetupOptions: ParsableArguments {
    @Option(help: "Where people see it.") var publicUrl: String?
    @Option(help: "The SMTP server: smtp://HOST:PORT or smtps://HOST:PORT.") var relayUrl: String?
    @Option(help: "required, or off for a relay on this machine.") var relayTls: String?
    @Option(help: "The login there.") var relayUser: String?
    @Option(help: "The file with its password.") var relayPasswordFile: String?
    @Option(help: "Who newsletters are from.") var mailFrom: String?
    @Option(help: "Your organisation.") var organisationName: String?
    @Option(help: "Its postal address.") var organisationAddress: String?
    @Option(help: "The mail address that answers questions about privacy.") var organisationContact: String?
    @Option(help: "The authority that people can complain to.") var organisationAuthority: String?
    @Option(help: "proof-of-work, recaptcha, turnstile or hcaptcha.") var captchaProvider: String?
    @Option(help: "The provider's public key of your site.") var captchaSiteKey: String?
    @Option(help: "The file with its secret.") var captchaSecretFile: String?
    @Option(help: "The database: sqlite:PATH or postgresql://USER@HOST/DATABASE.") var storeUrl: String?
    @Option(help: "The file with its password.") var storePasswordFile: String?

    var answers: SetupAnswers {
        var answers = SetupAnswers()
        let said = [
            "http.public-url": publicUrl, "relay.url": relayUrl, "relay.tls": relayTls, "relay.user": relayUser,
            "relay.password-file": relayPasswordFile, "mail.from": mailFrom, "organisation.name": organisationName,
            "organisation.address": organisationAddress, "organisation.contact": organisationContact,
            "organisation.authority": organisationAuthority, "captcha.provider": captchaProvider,
            "captcha.site-key": captchaSiteKey,
            "captcha.secret-file": captchaSecretFile, "store.url": storeUrl, "store.password-file": storePasswordFile,
        ]
        for (key, value) in said {
            // A path that is typed begins where it is typed; one that stands in the settings begins there.
            answers[key] = key.hasSuffix("-file") ? value.map { URL(filePath: $0).standardizedFileURL.path } : value
        }
        return answers
    }

    /// `relay.url` is `--relay-url`; `http.public-url` is `--public-url`.
    static func option(of key: String) -> String {
        "--" + key.replacing("http.", with: "").replacing(".", with: "-")
    }
}
