import ArgumentParser
import CourantAPI

struct RetentionRun: OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Sweep now, or show what a sweep would do.",
        discussion: "EXAMPLES:\n  courant retention run --dry-run\n  courant retention run")

    @Flag(name: .long, help: "Only count; erase and ask nobody.")
    var dryRun = false

    @OptionGroup var output: Output

    func run() async throws {
        let sweep = try await APIClient.current().sweep(RunRetention(dryRun: dryRun))
        try output.console.show(sweep, as: sweep.facts.text(output.console.page))
    }
}

extension SweepInfo {
    fileprivate var facts: KeyValueTable {
        var facts = KeyValueTable()
        let done = dryRun ? "would go" : "erased"
        facts.add("Unconfirmed", "\(expired.grouped) \(done)")
        facts.add("Past their term", "\(ended.grouped) \(done)")
        facts.add("On closed lists", "\(closed.grouped) \(done)")
        facts.add("Never told", "\(uninformed.grouped) \(done)")
        facts.add("Still interested?", "\(asked.grouped) \(dryRun ? "would be asked" : "asked")")
        for sweep in held ?? [] { facts.add("Held", sweep.line) }
        return facts
    }
}
