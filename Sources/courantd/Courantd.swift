import ArgumentParser

@main
struct Courantd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "courantd")
}
