import ArgumentParser

/// Measures Courant. What it starts on loopback it ends; what it writes stands below `var/trials` until it is done.
@main
struct Program: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "courant-bench", abstract: "Measure Courant: speed, memory, and what it does when things die.",
        subcommands: [Bench.self, Chaos.self, SoakCommand.self, Worker.self], defaultSubcommand: Bench.self)
}

/// The programs that are measured, each in a process of its own, so that memory and CPU are its own.
struct Worker: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker", abstract: "One part of a measurement.", shouldDisplay: false,
        subcommands: [
            SinkWorker.self, StubWorker.self, FillWorker.self, CampaignWorker.self, SendPathWorker.self,
            CurlWorker.self,
            LoadWorker.self, SlowWorker.self, ReportWorker.self, ReportReaderWorker.self,
        ])
}
