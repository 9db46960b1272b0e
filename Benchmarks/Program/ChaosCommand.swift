import ArgumentParser

struct Chaos: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "chaos")
    func run() async throws {}
}
