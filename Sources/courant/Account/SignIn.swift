import ArgumentParser
import CourantAPI
import Foundation

struct SignIn: Speaking {
    static let configuration = CommandConfiguration(
        commandName: "login",
        abstract: "Sign in at a service and stay signed in.",
        discussion: """
            EXAMPLES:
              courant login https://news.example.org
              courant login https://news.example.org --token-stdin < token.txt
              courant login https://news.intranet --ca-file company-ca.pem

            An administrator gives you a token (courantd staff add NAME). It is never an argument,
            where every user of this computer could see it. It is kept in
            $XDG_CONFIG_HOME/courant/login.json, readable by you alone.
            Instead of signing in, scripts set COURANT_URL and COURANT_TOKEN, and COURANT_CA_FILE
            for a company's own authority (SSL_CERT_FILE counts as well).
            """)

    @Argument(help: "The service's address, https://…")
    var url: String

    @Flag(name: .long, help: "Read the token from stdin instead of asking.")
    var tokenStdin = false

    @Option(
        help: ArgumentHelp(
            "The authorities whose certificates count, instead of the system's (PEM); kept with the login.",
            valueName: "file"))
    var caFile: String?

    @OptionGroup var output: Output

    func run() async throws {
        let url = try ServiceURL(url)
        let authorities = try caFile.map { try Authorities(named: $0) } ?? Authorities.current(saved: nil)
        let login = Login(url: url, token: try token(for: url), source: Login.file, authorities: authorities)
        let me = try await Desk(login).whoami()
        try login.save()
        try output.console.report(me, as: me.greeting(at: url, output.console.margin))
    }

    private func token(for url: ServiceURL) throws -> Token {
        if tokenStdin { return try Token(readLine() ?? "") }
        guard output.console.hasPerson else {
            throw Failure.noTerminal(
                "There is no terminal to ask for the token on", next: "courant login \(url) --token-stdin < FILE")
        }
        return try Token(Prompt(console: output.console).secret("Token for \(url) (not shown): "))
    }
}

struct SignOut: Speaking {
    static let configuration = CommandConfiguration(
        commandName: "logout", abstract: "Forget the token on this computer.",
        discussion: "The token itself stays valid until it expires or is revoked.")

    @OptionGroup var output: Output

    func run() async throws {
        let existed = try Login.forget()
        output.console.note(existed ? "Signed out: \(Login.file) is gone." : "You were not signed in.")
        if ProcessInfo.processInfo.environment["COURANT_TOKEN"] != nil {
            output.console.note("COURANT_TOKEN is still set in this shell.")
        }
    }
}

struct WhoAmI: Speaking {
    static let configuration = CommandConfiguration(
        commandName: "whoami", abstract: "Show who you are, where, and until when.")

    @OptionGroup var output: Output

    func run() async throws {
        let login = try Login.current()
        let me = try await Desk(login).whoami()
        var facts = Facts()
        facts.add("Name", me.name.printable)
        facts.add("Role", me.role.printable)
        facts.add("Service", "\(login.url) (Courant \(me.service.printable))")
        facts.add("Public", me.publicURL.printable)
        facts.add("Token", "until \(Moment(me.expiresAt)) (\(Moment(me.expiresAt).distance))")
        try output.console.show(me, as: facts.text(output.console.page))
    }
}

extension Whoami {
    fileprivate func greeting(at url: ServiceURL, _ style: Style) -> String {
        let until = Moment(expiresAt)
        return "\(style.tick) Signed in at \(url) as \(style.bold(name.printable)), \(role.printable). "
            + "The token is valid until \(until) (\(until.distance))."
    }
}
