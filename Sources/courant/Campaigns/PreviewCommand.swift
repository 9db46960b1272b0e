import ArgumentParser
import CourantAPI
import Foundation

struct PreviewCommand: OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "preview",
        abstract: "See a campaign as its recipients would.",
        discussion: """
            EXAMPLES:
              courant preview spring.md                  the text part, here
              courant preview spring.md --out preview/   HTML, text and the whole mail as files
              courant preview 42 --name Ada              a campaign at the service, for somebody called Ada
            """)

    @Argument(help: "A file, or a campaign's id. - reads stdin.")
    var campaign: String

    @Option(name: .long, help: "The list it is meant for; else the file's own.")
    var list: Slug?

    @Option(name: .long, help: "A recipient's name; else one who gave none.")
    var name: String?

    @Option(name: .long, help: "A recipient's company; else one who gave none.")
    var company: String?

    @Option(name: .long, help: "A folder for NAME.html, NAME.txt and NAME.eml; made where there is none.")
    var out: String?

    @OptionGroup var output: Output

    func run() async throws {
        let console = output.console
        let preview = try await fetched()
        if let out {
            let files = try write(preview, into: out)
            try console.show(preview, as: files.joined(separator: "\n"))
        } else {
            try console.show(preview, as: preview.head(console.page) + preview.text)
        }
        for finding in preview.findings { console.note(finding.line(in: console.margin)) }
    }

    private func fetched() async throws(Failure) -> PreviewInfo {
        if let id = CampaignID(argument: campaign), !FileManager.default.fileExists(atPath: campaign) {
            return try await APIClient.current().preview(id, name: name, company: company)
        }
        guard let file = CampaignFile(argument: campaign) else { throw .usage("Which campaign? A file, or an id") }
        return try await APIClient.current()
            .preview(CampaignSource(source: try file.read(), list: list?.description, name: name, company: company))
    }

    private func write(_ preview: PreviewInfo, into folder: String) throws(Failure) -> [String] {
        let stem =
            campaign == "-" ? "campaign" : URL(fileURLWithPath: campaign).deletingPathExtension().lastPathComponent
        var files: [String] = []
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            for (ending, text) in [("html", preview.html), ("txt", preview.text), ("eml", preview.source)] {
                let file = URL(fileURLWithPath: folder).appendingPathComponent("\(stem).\(ending)")
                try Data(text.utf8).write(to: file, options: .atomic)
                files.append(file.relativePath)
            }
        } catch {
            throw .file("The preview cannot be written to \(folder): \(error.localizedDescription)")
        }
        return files
    }
}

extension PreviewInfo {
    /// What an inbox shows, before the text.
    fileprivate func head(_ style: Style) -> String {
        var facts = KeyValueTable()
        facts.add("From", from.printable)
        facts.add("Subject", style.bold(subject.printable))
        facts.add("Preview", preheader?.printable)
        return facts.text(style) + "\n\n"
    }
}
