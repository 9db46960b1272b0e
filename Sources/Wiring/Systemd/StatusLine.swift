import Foundation
import Newsletter
import ServiceLifecycle

/// What the service is about, in the line that `systemctl status` shows.
package struct StatusLine: Sendable, Equatable {
    package let campaigns: Int
    /// Of these campaigns, and those that a fact has caused.
    package let waiting: Int

    package init(campaigns: Int, waiting: Int) {
        self.campaigns = campaigns
        self.waiting = waiting
    }

    init(_ store: any Store) async throws {
        let (sending, outbox) = try await store.read { (try $0.sendingCampaigns(), try $0.outboxCount()) }
        self.init(campaigns: sending.count, waiting: sending.reduce(outbox) { $0 + $1.tally.unsettled })
    }

    package var words: String {
        guard campaigns > 0 || waiting > 0 else { return "nothing to send" }
        let mails = "\(Self.grouped(waiting)) \(waiting == 1 ? "mail" : "mails") waiting"
        guard campaigns > 0 else { return mails }
        return "sending \(campaigns) \(campaigns == 1 ? "campaign" : "campaigns"), \(mails)"
    }

    private static func grouped(_ number: Int) -> String {
        number.formatted(.number.grouping(.automatic).locale(Locale(identifier: "en_US")))
    }
}

extension Tally {
    /// To whom no verdict has come yet.
    fileprivate var unsettled: Int { max(0, recipients - accepted - withdrawn - dead - refusedForUs) }
}

extension ServiceManager {
    /// Tells it whenever it has changed, until the task is cancelled.
    func tellStatus(of store: any Store) -> Task<Void, Never> {
        Task.detached {
            var told = ""
            while !Task.isCancelled {
                let words = (try? await StatusLine(store).words) ?? "the database cannot be read"
                if words != told { tell("STATUS=\(words)") }
                told = words
                try? await Task.sleep(for: .seconds(5))
            }
        }
    }

    /// Stands last among the services, and so is the first to hear that they are to stop.
    struct Farewell: Service {
        let manager: ServiceManager

        func run() async throws {
            try await gracefulShutdown()
            manager.tell("STOPPING=1", "STATUS=finishing what is under way")
        }
    }
}
