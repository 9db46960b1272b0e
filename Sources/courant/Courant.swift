import ArgumentParser

@main
struct Courant: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "courant")
}
