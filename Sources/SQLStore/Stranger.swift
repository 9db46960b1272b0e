import Mail

/// A stop of mails that another process has claimed.
struct RemoteClaim: Sendable, Hashable {
    let stop: SendGuard.Stop
    /// That process.
    let holder: Int64
}

extension RemoteClaim {
    /// `HOLDER PERSON`, the person in hexadecimal, and `recall` where the mails are not over.
    var payload: String {
        let words = "\(holder) \(String(stop.person, radix: 16))"
        return if case .recall = stop { words + " recall" } else { words }
    }

    init?(_ payload: String) {
        let parts = payload.split(separator: " ")
        guard parts.count >= 2, let holder = Int64(parts[0]), let person = UInt128(parts[1], radix: 16) else {
            return nil
        }
        switch parts.dropFirst(2) {
        case []: self.init(stop: .withdraw(person), holder: holder)
        case ["recall"]: self.init(stop: .recall(person), holder: holder)
        default: return nil
        }
    }
}
