import Foundation

/// Follows the chain entry by entry, holding nothing but the last code and the logins given out, and stops at the first flaw.
struct AuditWalk {
    private let seal: AuditSeal
    private let mark: AuditMark?
    /// The number that must come now.
    private(set) var next: Int64 = 1
    private(set) var flaw: AuditFlaw?
    private var code: Data?
    private var isMarkSeen = false
    private(set) var logins = AuditLogins()

    init(seal: AuditSeal, expecting mark: AuditMark?) {
        self.seal = seal
        self.mark = mark
    }

    mutating func step(_ entry: AuditEntry) {
        guard flaw == nil else { return }
        guard entry.number == next else {
            flaw = entry.number < next ? .added(entry.number) : .missing(next)
            return
        }
        guard seal.code(of: entry, after: code).equalsInConstantTime(entry.code) else {
            flaw = .changed(entry.number)
            return
        }
        code = entry.code
        logins.take(entry)
        if let mark, mark == AuditMark(number: entry.number, code: entry.code) { isMarkSeen = true }
        next += 1
    }

    /// Behind the last entry. `staff`: the logins that are there. `hasBegun`: something is there that an entry must tell of.
    mutating func end(_ head: AuditHead?, _ staff: [StaffMember], hasBegun: Bool) {
        let last = next - 1
        switch head {
        case nil where last == 0 && !hasBegun: break
        case nil: flaw = .headless
        case let head? where !seal.vouches(for: head): flaw = .headless
        case let head? where head.number > last: flaw = .cut(next)
        // An older head was put back.
        case let head?: if head.number < last || head.code != code { flaw = .headless }
        }
        if flaw == nil, let mark, !isMarkSeen { flaw = .anotherPast(mark) }
        if flaw == nil, let stranger = staff.first(where: { !logins.know($0.name) }) { flaw = .login(stranger.name) }
    }

    var verdict: AuditVerdict {
        let end = flaw == nil ? code.map { AuditMark(number: next - 1, code: $0) } : nil
        return AuditVerdict(entries: next - 1, mark: end, flaw: flaw)
    }
}
