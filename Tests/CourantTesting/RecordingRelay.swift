import Foundation
package import Mail
import Synchronization

/// A relay that takes everything, or says what a test tells it to say, and remembers what it took.
package final class RecordingRelay: Relay {
    private struct State {
        var accepted: [RecordedMail] = []
        var verdict: @Sendable (OutgoingMail) -> Verdict = { _ in .accepted }
        var holds: @Sendable (OutgoingMail) -> Bool = { _ in false }
        var held: [() -> Void] = []
        var recalled: Set<Int64> = []
        var share = Share.whole
    }

    private let state = Mutex(State())

    package init() {}

    /// From now on.
    package func answer(_ verdict: @escaping @Sendable (OutgoingMail) -> Verdict) {
        state.withLock { $0.verdict = verdict }
    }

    /// Nothing is answered until `release`, or nothing of those.
    package func hold(_ which: @escaping @Sendable (OutgoingMail) -> Bool = { _ in true }) {
        state.withLock { $0.holds = which }
    }

    /// Whether mails have come that are not answered yet.
    package var isHolding: Bool { state.withLock { !$0.held.isEmpty } }

    package func release() {
        let held = state.withLock { state in
            defer { state.held = [] }
            state.holds = { _ in false }
            return state.held
        }
        for answer in held { answer() }
    }

    package func send(
        _ mails: [OutgoingMail], sendGuard: SendGuard, verdicts: @escaping @Sendable ([Settled]) -> Void
    ) {
        let answer: @Sendable ([OutgoingMail]) -> Void = { mails in
            verdicts(sendGuard.start { self.take(mails, $0) })
        }
        let free = state.withLock { state in
            let held = mails.filter(state.holds)
            if !held.isEmpty { state.held.append { answer(held) } }
            return held.isEmpty ? mails : mails.filter { !state.holds($0) }
        }
        if !free.isEmpty { answer(free) }
    }

    private func take(_ mails: [OutgoingMail], _ permission: (OutgoingMail) -> SendGuard.Permission) -> [Settled] {
        let (decide, recalled) = state.withLock { state in
            defer { state.recalled = [] }
            return (state.verdict, state.recalled)
        }
        let settled = mails.map { mail in
            if recalled.contains(mail.group) { return Settled(ticket: mail.ticket, verdict: .recalled) }
            switch permission(mail) {
            case .granted: return Settled(ticket: mail.ticket, verdict: decide(mail))
            case .withdrawn: return Settled(ticket: mail.ticket, verdict: .withdrawn)
            case .recalled: return Settled(ticket: mail.ticket, verdict: .recalled)
            }
        }
        let accepted = zip(mails, settled).filter { $1.verdict == .accepted }.map { RecordedMail($0.0) }
        state.withLock { $0.accepted += accepted }
        return settled
    }

    /// What is held is given back when it is released.
    package func recall(_ group: Int64) { state.withLock { _ = $0.recalled.insert(group) } }

    package func keep(to share: Share) { state.withLock { $0.share = share } }

    /// What it was told last.
    package var share: Share { state.withLock { $0.share } }

    package func isRecalled(_ group: Int64) -> Bool { state.withLock { $0.recalled.contains(group) } }

    package func stop(within limit: Duration) async { release() }

    package var mails: [RecordedMail] { state.withLock { $0.accepted } }

    package func mails(to address: String) -> [RecordedMail] { mails.filter { $0.recipient == address } }
}

package struct RecordedMail: Sendable {
    /// The envelope's.
    package let sender: String?
    package let recipient: String
    package let content: [UInt8]

    init(_ mail: OutgoingMail) {
        sender = mail.sender?.wire
        recipient = mail.recipient.wire
        content = mail.content
    }

    /// As one text, soft line breaks undone and quoted-printable decoded.
    package var text: String { String(decoding: QuotedPrintable.decode(content[...]), as: UTF8.self) }

    /// A header's unfolded value.
    package func header(_ name: String) -> String? {
        let head = String(decoding: content, as: UTF8.self).components(separatedBy: "\r\n\r\n").first ?? ""
        let unfolded = head.replacingOccurrences(of: "\r\n ", with: " ").replacingOccurrences(of: "\r\n\t", with: " ")
        return unfolded.components(separatedBy: "\r\n").first { $0.lowercased().hasPrefix("\(name.lowercased()): ") }
            .map { String($0.dropFirst(name.count + 2)) }
    }

    /// The secret that follows a path in a link.
    package func token(after path: String) -> String? {
        text.components(separatedBy: path).dropFirst().first.map { rest in
            String(rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") })
        }
    }
}

extension SMTPReply {
    /// What relays say of mailboxes, domains and addresses that are none.
    package static let dead = refusal(1)
    package static let noDomain = refusal(2)
    package static let noAddress = refusal(3)

    private static func refusal(_ detail: Int) -> SMTPReply {
        SMTPReply(
            code: 550, enhanced: EnhancedStatus(class: 5, subject: 1, detail: detail), text: "no such user",
            to: .recipient)
    }
}

/// Collects verdicts, in the order of the tickets.
package final class VerdictBox: Sendable {
    private let settled = Mutex<[Settled]>([])

    package init() {}

    package func add(_ more: [Settled]) { settled.withLock { $0 += more } }
    package var verdicts: [Verdict] { settled.withLock { $0.sorted { $0.ticket < $1.ticket }.map(\.verdict) } }
}
