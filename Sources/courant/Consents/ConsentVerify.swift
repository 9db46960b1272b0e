import ArgumentParser
import CourantAPI
import Foundation

struct ConsentVerify: OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Tell whether a receipt is genuine, and what it says; also of somebody who has left.",
        discussion: """
            EXAMPLE:
              courant consent verify < receipt.txt

            The receipt is read from stdin: its seven lines, or the whole mail that holds them.
            Ends with 2 where it was not signed here, or was changed.
            """)

    @OptionGroup var output: Output

    func run() async throws {
        let console = output.console
        let text = String(decoding: FileHandle.standardInput.readDataToEndOfFile(), as: UTF8.self)
        let receipt = try await APIClient.current().verify(PresentedReceipt(receipt: text))
        guard receipt.isGenuine else {
            if console.json { try console.show(receipt, as: "") }
            throw Failure(
                word: "not-genuine", title: "This receipt is not ours, or was changed: its signature does not fit",
                next: "Was all of it copied? It begins with “Courant consent receipt” and ends with the signature",
                exit: .guarded)
        }
        try console.show(receipt, as: receipt.facts.text(console.page))
        console.note("\(console.margin.tick) Genuine: signed here, and unchanged.")
    }
}

extension ReceiptInfo {
    fileprivate var facts: KeyValueTable {
        var facts = KeyValueTable()
        facts.add("List", list.map { slug in title.map { "\($0.printable) (\(slug.printable))" } ?? slug.printable })
        facts.add(nil, askedAt.map { LocalTime($0) }, confirmedAt.map { LocalTime($0) }, policy)
        facts.add("Agreed to", wording?.shown)
        return facts
    }
}
