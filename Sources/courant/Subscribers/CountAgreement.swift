import ArgumentParser

/// What concerns many people at once is agreed to by typing how many.
struct CountAgreement: ParsableArguments {
    @Flag(name: .shortAndLong, help: "Do not ask; needs --expect-rows where asking is a must.")
    var yes = false

    @Option(name: .long, help: ArgumentHelp("Refuse where the file has not exactly so many addresses.", valueName: "n"))
    var expectRows: Int?

    /// `isNeeded`: also scripts must say the number.
    func ask(
        _ count: Int, _ console: Console, about summary: String, verb: String, isNeeded: Bool
    ) throws(Failure) {
        if let expectRows, expectRows != count {
            throw .declined(
                "Nothing was done: the file has \(count.counted("address", "addresses")), and you expected \(expectRows)"
            )
        }
        if yes || !console.hasPerson {
            guard expectRows != nil || !isNeeded else {
                throw .noTerminal(
                    "Nothing was done: how many it is, somebody has to say", next: "Add --yes --expect-rows \(count)")
            }
            return
        }
        console.ask(summary)
        let answer = Prompt(console: console)
            .line("Type \(console.margin.bold(String(count))) to \(verb), anything else to stop: ")
        guard answer?.withoutSeparators == String(count) else { throw .declined("Nothing was done") }
    }
}
