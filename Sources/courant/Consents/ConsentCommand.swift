import ArgumentParser
import CourantAPI

struct ConsentCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "consent",
        abstract: "What people agreed to, and the proof of it.",
        discussion: """
            EXAMPLES:
              courant consent show ann@example.org
              courant consent verify < receipt.txt

            Each call is written down in the audit.
            """,
        subcommands: [ConsentShow.self, ConsentVerify.self])
}

extension WordingInfo {
    /// The sentence, or that it is not known.
    var shown: String {
        guard let text else { return "not kept: it was agreed to before sentences were; SHA-256 \(hash.printable)" }
        return "“\(text.printable)”"
    }
}

extension KeyValueTable {
    /// `source` is nil where nothing says who asked: for a receipt, and for what was given elsewhere.
    mutating func add(_ source: String?, _ askedAt: LocalTime?, _ confirmedAt: LocalTime?, _ policy: String?) {
        let asked = source == nil ? "Asked" : source == "form" ? "Signed up" : "We asked"
        add(asked, askedAt?.description)
        add("Confirmed", confirmedAt?.description)
        add("Policy", policy?.printable)
    }
}
