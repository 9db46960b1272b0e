import ArgumentParser
import Wiring

struct Version: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Print the version.")

    func run() {
        print("courantd \(Courant.version)")
    }
}
