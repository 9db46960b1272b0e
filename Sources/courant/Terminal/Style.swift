/// Colours and signs for one stream. Without colour every function gives back what it got, so that callers never ask.
struct Style: Sendable {
    let coloured: Bool
    let unicode: Bool

    func bold(_ text: String) -> String { paint(text, "1") }
    func dim(_ text: String) -> String { paint(text, "2") }
    func red(_ text: String) -> String { paint(text, "31") }
    func green(_ text: String) -> String { paint(text, "32") }
    func yellow(_ text: String) -> String { paint(text, "33") }
    func cyan(_ text: String) -> String { paint(text, "36") }

    private func paint(_ text: String, _ code: String) -> String {
        coloured && !text.isEmpty ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }

    var arrow: String { unicode ? "→" : "->" }
    var tick: String { green(unicode ? "✓" : "ok") }
    var cross: String { red(unicode ? "✗" : "no") }
    var warning: String { yellow("!") }
    var dot: String { unicode ? " · " : ", " }

    /// A campaign's state in the colour of what it asks of a person.
    func state(_ state: String) -> String {
        switch state {
        case "sent": green(state)
        case "sending", "scheduled": cyan(state)
        case "paused": yellow(state)
        case "cancelled": dim(state)
        default: state
        }
    }
}
