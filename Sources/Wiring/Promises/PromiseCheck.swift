package import Newsletter

/// A way to see whether a sentence is true of this installation: it looks at the settings, the records, the files and the
/// pages as they are, and where it takes a person, at one who does not exist and is never written to.
package struct PromiseCheck: Sendable {
    package let name: String
    /// What it looks at, for whoever writes a promise.
    package let looksAt: String
    package let parameters: [String: ParameterKind]
    /// The most that it can ever say.
    package let reaches: PromiseVerdict
    /// Whether it tries verbs out in a transaction of which nothing stays.
    let isRehearsed: Bool
    let look: @Sendable (Inspection, Parameters) async throws -> Evidence

    package enum ParameterKind: Sendable {
        case number, time, texts
    }

    init(
        _ name: String, _ looksAt: String, reaches: PromiseVerdict, parameters: [String: ParameterKind] = [:],
        isRehearsed: Bool = false,
        look: @escaping @Sendable (Inspection, Parameters) async throws -> Evidence
    ) {
        self.name = name
        self.looksAt = looksAt
        self.reaches = reaches
        self.parameters = parameters
        self.isRehearsed = isRehearsed
        self.look = look
    }

    package static let all: [PromiseCheck] =
        storage + leaving + mails + pages + rights + retention + logins + external

    static func named(_ name: String) -> PromiseCheck? { all.first { $0.name == name } }
}

/// What the promise asks of its check beyond the check's own defaults.
struct Parameters: Sendable {
    let values: [String: Promise.Parameter]

    func number(_ name: String, else standard: Int) -> Int {
        if case .number(let number)? = values[name] { number } else { standard }
    }

    func time(_ name: String, else standard: Duration) -> Duration {
        if case .time(let time)? = values[name] { time } else { standard }
    }

    func texts(_ name: String) -> [String] {
        if case .texts(let texts)? = values[name] { texts } else { [] }
    }
}
