import Foundation

extension MailFetcher {
    /// What a mailbox was found to be when somebody looked in and changed nothing.
    package struct Findings: Sendable, Equatable {
        package let address: MailboxAddress
        /// The connection is encrypted and its certificate verifies.
        package let isEncrypted: Bool
        /// How many mails are in the box.
        package let count: Int
        /// In words.
        package let traits: [String]
    }

    /// Connects and signs in as the fetcher does, counts, and leaves.
    package static func check(_ configuration: MailboxConfiguration) async throws(FetchFailure) -> Findings {
        let result = await withCheckedContinuation { continuation in
            Thread {
                continuation.resume(returning: Result { () throws(FetchFailure) in try look(configuration) })
            }.start()
        }
        return try result.get()
    }

    private static func look(_ configuration: MailboxConfiguration) throws(FetchFailure) -> Findings {
        let session = try open(configuration, Interrupt(), mayChange: false)
        try session.leave()
        return Findings(
            address: configuration.address, isEncrypted: configuration.isEncrypted, count: session.count,
            traits: session.traits)
    }
}
