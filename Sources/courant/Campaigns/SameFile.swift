import CourantAPI
import Foundation

/// One file, one campaign. The service keeps what a campaign's file is called, without its folders, so that whoever sends it
/// again, from whichever client or machine, meets what it is already: the same text goes on where it was, another text
/// replaces it while nobody has it yet. One's own draft is
/// replaced without asking; what is approved, scheduled or somebody else's is asked about.
struct SameFile {
    let client: APIClient
    let console: Console
    let replace: Bool

    /// The campaign to send.
    struct Met {
        let id: CampaignID
        /// For when the text that was replaced was scheduled.
        var unscheduled: Date?
    }

    func campaign(_ source: CampaignSource, again: Bool) async throws -> Met {
        guard !again, let file = source.file, let list = source.list ?? source.namedList else {
            return try await create(source, again: again)
        }
        let content = ContentName.of(source.source)
        let known = try await client.campaigns().campaigns.filter { $0.list == list && $0.state != "cancelled" }
        if let same = known.first(where: { $0.content == content }) { return Met(id: try CampaignID(same.id)) }
        guard let open = known.first(where: { $0.file == file && $0.isOpen }) else {
            return try await create(source, again: false)
        }
        try await agree(to: open)
        let id = try CampaignID(open.id)
        _ = try await client.edit(id, EditCampaign(source: source.source, file: file))
        console.note("\(console.margin.tick) Campaign \(id) has the text of \(file.printable) now.")
        return Met(id: id, unscheduled: open.state == "scheduled" ? open.scheduledFor : nil)
    }

    private func create(_ source: CampaignSource, again: Bool) async throws -> Met {
        Met(id: try CampaignID(try await client.create(source, key: .creating(source, again: again)).id))
    }

    private func agree(to open: CampaignInfo) async throws {
        if replace { return }
        let isDraft = ["draft", "planned"].contains(open.state)
        if isDraft, try await client.whoami().name == open.createdBy { return }
        let what =
            "\(open.file?.printable ?? "It") is campaign \(open.id.printable), “\(open.subject.printable)”, "
            + "\(open.state.printable)" + (open.scheduledFor.map { " for \(LocalTime($0).exact)" } ?? "")
        guard console.hasPerson else {
            throw Failure(
                word: "same-file", title: "Nothing was sent: \(what)",
                next: "Replace its text with this: --replace; make another campaign of it: --again", exit: .guarded)
        }
        console.ask("\(what), and its text is another.\n")
        guard Prompt(console: console).agrees("Replace it with this text? (It is to be approved and scheduled anew.)")
        else {
            throw Failure.declined(
                "Nothing was sent, and campaign \(open.id.printable) stays as it is",
                next: "Another campaign of the same file: courant send FILE.md --again")
        }
    }
}

extension CampaignSource {
    /// The file's own `list:`, as far as a glance at its head tells.
    fileprivate var namedList: String? {
        let head = source.split(separator: "\n", maxSplits: 60, omittingEmptySubsequences: true).dropFirst()
            .prefix { !$0.hasPrefix("---") }
        guard let line = head.first(where: { $0.hasPrefix("list:") }) else { return nil }
        let word = line.dropFirst("list:".count).filter { !" \t\r\"'".contains($0) }
        return word.isEmpty ? nil : String(word)
    }
}
