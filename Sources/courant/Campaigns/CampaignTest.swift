import ArgumentParser
import CourantAPI

struct CampaignTest: OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Send the campaign to one address, outside every list.",
        discussion: """
            EXAMPLES:
              courant campaign test 42 --to me@example.org
              courant campaign test 42 --to me@example.org --name Ada

            Its subject begins with [Test]. The command waits a little for the relay's
            answer, and ends with 1 where the relay has not taken it.
            """)

    @Argument(help: "The campaign's id.")
    var id: CampaignID

    @Option(name: .long, help: "Your own address.")
    var to: String

    @Option(name: .long, help: "The recipient's name in it; else none.")
    var name: String?

    @Option(name: .long, help: "The recipient's company in it; else none.")
    var company: String?

    @OptionGroup var output: Output

    func run() async throws {
        try await Trial(client: try APIClient.current(), console: output.console).send(
            id, to: to, name: name, company: company)
    }
}

/// One mail to see what the others would get.
struct Trial {
    let client: APIClient
    let console: Console

    /// Seconds that the service waits for the relay.
    private static let patience = 15

    func send(_ id: CampaignID, to address: String, name: String? = nil, company: String? = nil) async throws {
        let answer = try await client.test(id, TestMail(to: address, name: name, company: company, wait: Self.patience))
        let reason = answer.reason.map { " \($0.printable)" } ?? ""
        switch answer.state {
        case "accepted":
            try console.report(answer, as: "\(console.margin.tick) The relay has the test for \(address.printable)")
        case "waiting" where answer.reason == nil:
            try console.report(
                answer,
                as:
                    "\(console.margin.tick) The test for \(address.printable) is on its way; the relay has not answered yet"
            )
        case "refused":
            throw Failure(
                word: "test-refused", title: "The relay has refused the test.\(reason)", next: "courant doctor",
                exit: .failed)
        default:
            throw Failure(
                word: "test-waiting", title: "The relay has not taken the test yet.\(reason)",
                next: "It goes by itself as soon as the relay takes it; see also: courant doctor", exit: .failed)
        }
    }
}
