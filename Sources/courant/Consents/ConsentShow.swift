import ArgumentParser
import CourantAPI

struct ConsentShow: OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show what somebody agreed to, list by list, in the words that they saw.",
        discussion: """
            EXAMPLE:
              courant consent show ann@example.org

            Of those who have left nothing is kept. They may have kept a receipt: courant consent verify
            """)

    @Argument(help: Address.help)
    var address: Address

    @OptionGroup var output: Output

    func run() async throws {
        let console = output.console
        let all = try await APIClient.current().consents(WhichSubscriber(address: address.read()))
        let texts = all.consents.map { $0.facts.text(console.page) }
        try console.show(all, as: texts.joined(separator: "\n\n"))
    }
}

extension ConsentInfo {
    fileprivate var facts: KeyValueTable {
        var facts = KeyValueTable()
        facts.add("List", list.printable)
        facts.add("State", state.printable)
        facts.add("Basis", basis.printable)
        facts.add("Source", source == "form" ? "the sign-up form" : source.printable)
        facts.add(
            evidence == nil ? source : nil, askedAt.map { LocalTime($0) }, confirmedAt.map { LocalTime($0) }, policy)
        if let evidence { facts.add("Given elsewhere", evidence.printable) }
        if let wording {
            facts.add(confirmedAt == nil ? "Asked to agree to" : "Agreed to", wording.shown)
        } else if evidence == nil {
            facts.add("Agreed to", "nothing: nobody was asked")
        }
        facts.add("Subscription", subscription.printable)
        return facts
    }
}
