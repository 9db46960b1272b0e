package import Mail

/// A relay with others behind it: what the first certainly did not take, because it could not be reached, goes to the next.
///
/// A relay out of reach gives its mails back at once, so the way through it costs nothing while it is away; and as it is asked
/// first each time, mail returns to it by itself: with one mail, when its rest is over (`RelayHealth.Breaker`), and with all as
/// soon as it has answered. So a campaign keeps to one relay, and its receivers to one source. What a relay has refused, for
/// whatever cause, is never tried at another, whose good name would suffer too; nor is a mail in doubt.
package final class RelayChain: Relay {
    private let relays: [any Relay]

    /// At least one, in the order in which they are asked.
    package init(_ relays: [any Relay]) {
        precondition(!relays.isEmpty, "a chain has a first link")
        self.relays = relays
    }

    package func send(
        _ mails: [OutgoingMail], sendGuard: SendGuard, verdicts: @escaping @Sendable ([Settled]) -> Void
    ) {
        send(mails, to: 0, sendGuard, verdicts)
    }

    private func send(
        _ mails: [OutgoingMail], to place: Int, _ sendGuard: SendGuard,
        _ verdicts: @escaping @Sendable ([Settled]) -> Void
    ) {
        guard place + 1 < relays.count else {
            return relays[place].send(mails, sendGuard: sendGuard, verdicts: verdicts)
        }
        relays[place].send(mails, sendGuard: sendGuard) { settled in
            let failed = Set(settled.lazy.filter(\.verdict.isForAnotherRelay).map(\.ticket))
            guard !failed.isEmpty else { return verdicts(settled) }
            let rest = settled.filter { !failed.contains($0.ticket) }
            if !rest.isEmpty { verdicts(rest) }
            self.send(mails.filter { failed.contains($0.ticket) }, to: place + 1, sendGuard, verdicts)
        }
    }

    package func recall(_ group: Int64) {
        for relay in relays { relay.recall(group) }
    }

    package func keep(to share: Share) {
        for relay in relays { relay.keep(to: share) }
    }

    package func stop(within limit: Duration) async {
        await withTaskGroup { group in
            for relay in relays { group.addTask { await relay.stop(within: limit) } }
        }
    }
}

extension Verdict {
    fileprivate var isForAnotherRelay: Bool {
        guard case .unsent(let failure) = self else { return false }
        return failure != .stopping && failure != .addressNeedsUTF8
    }
}
