import ArgumentParser
import CourantAPI
import Foundation

struct SubscriberExport: OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Everything that is held about somebody, to be given to them.",
        discussion: """
            EXAMPLES:
              courant subscriber export ann@example.org --out ann.json
              courant subscriber export ann@example.org --format csv --out ann.csv

            The same as the person finds on the privacy page (GDPR Art. 15 and 20). It closes
            their open request for access. A file is readable by you alone.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case json, csv
    }

    @Argument(help: Address.help)
    var address: Address

    @Option(name: .long, help: "json or csv.")
    var format: Format = .json

    @Option(name: .long, help: ArgumentHelp("A new file, instead of stdout.", valueName: "file"))
    var out: String?

    @OptionGroup var output: Output

    func run() async throws {
        if let out, access(out, F_OK) == 0 {
            throw Failure.file("\(out.printable) is there already", next: "Choose another name, or remove it first")
        }
        let data = try await APIClient.current().export(
            WhichSubscriber(address: address.read(), format: format.rawValue))
        guard let out else { return output.console.write(String(decoding: data, as: UTF8.self).trimmed) }
        try Self.write(data, to: out)
        output.console.note("\(output.console.margin.tick) \(out.printable), readable by you alone.")
    }

    /// Never readable by others, not for a moment.
    private static func write(_ data: Data, to path: String) throws(Failure) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL, 0o600)
        guard descriptor >= 0 else { throw .file("\(path.printable) cannot be written: \(systemError())") }
        let written = data.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
        close(descriptor)
        guard written == data.count else {
            unlink(path)
            throw .file("\(path.printable) cannot be written: \(systemError())")
        }
    }
}
