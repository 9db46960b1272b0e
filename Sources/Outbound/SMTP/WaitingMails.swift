import Mail

/// Mails handed over together: they share their array, their sendGuard and the closure that takes their verdicts, so
/// that a mail by itself costs nothing of the kind.
final class Batch: Sendable {
    let mails: [OutgoingMail]
    let sendGuard: SendGuard
    let verdicts: @Sendable ([Settled]) -> Void

    init(_ mails: [OutgoingMail], _ sendGuard: SendGuard, _ verdicts: @escaping @Sendable ([Settled]) -> Void) {
        self.mails = mails
        self.sendGuard = sendGuard
        self.verdicts = verdicts
    }
}

/// One mail of a batch on its way.
struct QueuedMail {
    let batch: Batch
    let index: Int
    /// How often a connection has died under it before it could be answered.
    var mishaps = 0
    /// It waits until so many have been begun.
    fileprivate var turn = 0

    var mail: OutgoingMail { batch.mails[index] }
}

/// Mails that no connection has begun, in the order in which they came. Behind them stand the suspects, under which a
/// connection has died: each lets a number of others go first and then goes alone, so that it harms nobody else if it was
/// what the connection died of.
struct WaitingMails {
    /// How many others go before a suspect.
    private static let precedence = 64

    private var returned: [QueuedMail] = []
    /// Nil where all have been begun: a batch holds its mails' bytes.
    private var batches: [Batch?] = []
    private var first = 0
    private var index = 0
    private var suspects: [QueuedMail] = []
    /// How many others have been begun so far.
    private var begun = 0
    /// Without the suspects.
    private(set) var unsuspected = 0

    var count: Int { unsuspected + suspects.count }
    var isEmpty: Bool { count == 0 }
    /// It is a suspect's turn.
    var mustGoAlone: Bool { suspects.first.map { unsuspected == 0 || $0.turn <= begun } ?? false }

    mutating func append(_ batch: Batch) {
        guard !batch.mails.isEmpty else { return }
        batches.append(batch)
        unsuspected += batch.mails.count
    }

    /// To be begun again: before the others, or as a suspect.
    mutating func putBack(_ errand: QueuedMail) {
        guard errand.mishaps > 0 else {
            returned.append(errand)
            unsuspected += 1
            return
        }
        var errand = errand
        errand.turn = begun + Self.precedence
        suspects.append(errand)
    }

    /// No suspect.
    mutating func next() -> QueuedMail? {
        guard unsuspected > 0 else { return nil }
        unsuspected -= 1
        begun += 1
        if let errand = returned.popLast() { return errand }
        guard let batch = batches[first] else { return nil }
        defer { advance(past: batch) }
        return QueuedMail(batch: batch, index: index)
    }

    mutating func nextSuspect() -> QueuedMail? { suspects.isEmpty ? nil : suspects.removeFirst() }

    /// Takes out the mails of these groups; the others keep their order.
    mutating func remove(_ groups: Set<Int64>) -> [QueuedMail] {
        var removed = suspects.filter { groups.contains($0.mail.group) }
        suspects.removeAll { groups.contains($0.mail.group) }
        var kept: [QueuedMail] = []
        let begun = begun
        while let errand = next() {
            if groups.contains(errand.mail.group) { removed.append(errand) } else { kept.append(errand) }
        }
        self.begun = begun
        returned = kept.reversed()
        unsuspected = kept.count
        return removed
    }

    private mutating func advance(past batch: Batch) {
        index += 1
        guard index == batch.mails.count else { return }
        batches[first] = nil
        (first, index) = (first + 1, 0)
        guard first > 64 || first == batches.count else { return }
        batches.removeFirst(first)
        first = 0
    }
}

/// Verdicts of one round, grouped by batch.
struct Verdicts {
    private var groups: [(batch: Batch, settled: [Settled])] = []

    mutating func append(_ verdict: Verdict, of errand: QueuedMail) {
        let settled = Settled(ticket: errand.mail.ticket, verdict: verdict)
        if let at = groups.lastIndex(where: { $0.batch === errand.batch }) {
            groups[at].settled.append(settled)
        } else {
            groups.append((errand.batch, [settled]))
        }
    }

    mutating func handOver() {
        guard !groups.isEmpty else { return }
        let groups = groups
        self.groups.removeAll(keepingCapacity: true)
        for group in groups { group.batch.verdicts(group.settled) }
    }
}
