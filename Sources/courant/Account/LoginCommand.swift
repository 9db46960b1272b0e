import ArgumentParser
import CourantAPI
import Foundation

struct LoginCommand: OutputCommand {
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
        let me = try await APIClient(login).whoami()
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

extension Whoami {
    fileprivate func greeting(at url: ServiceURL, _ style: Style) -> String {
        let until = LocalTime(expiresAt)
        return "\(style.tick) Signed in at \(url) as \(style.bold(name.printable)), \(role.printable). "
            + "The token is valid until \(until) (\(until.distance))."
    }
}
