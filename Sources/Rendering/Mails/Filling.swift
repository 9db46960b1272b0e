/// What becomes of a stand-in when a part is written: a constant is written in, escaped for its place; what differs from
/// mail to mail stays a stand-in.
struct Filling: Sendable {
    let sentinels: Sentinels
    let constants: [MailVariable: String]

    /// In HTML's text. What somebody is called is isolated, for it may run the other way than its neighbours.
    func html(_ text: String) -> String {
        write(text, escape: HTMLEscaping.escape) { variable, value in
            guard let value else {
                let word = sentinels.word(for: variable)
                return [.name, .company].contains(variable) ? "<bdi>\(word)</bdi>" : word
            }
            let lines = value.utf8.split(separator: 0x0A).map { HTMLEscaping.escape(String(Substring($0))) }
            return lines.joined(separator: "<br>\n")
        }
    }

    /// In a quoted attribute, or in the title.
    func attribute(_ text: String) -> String {
        write(text, escape: HTMLEscaping.escape) { HTMLEscaping.escape($1 ?? sentinels.word(for: $0)) }
    }

    /// In plain text.
    func plain(_ text: String) -> String {
        write(text, escape: { $0 }, { $1 ?? sentinels.word(for: $0) })
    }

    /// The URL to write, or nil if none may be: constants may be part of it, a variable only the whole.
    func target(_ url: String) -> String? {
        let pieces = sentinels.split(url.utf8)
        if case .variable(let variable)? = pieces.first, pieces.count == 1, variable.isURL, constants[variable] == nil {
            return sentinels.word(for: variable)
        }
        var isWhole = true
        let filled = write(url, escape: { $0 }) { variable, value in
            if value == nil { isWhole = false }
            return value ?? ""
        }
        guard isWhole, LinkTarget(filled).mayBeWritten else { return nil }
        return LinkTarget.cleaned(filled)
    }

    private func write(
        _ text: String, escape: (String) -> String, _ variable: (MailVariable, String?) -> String
    ) -> String {
        var output = ""
        for piece in sentinels.split(text.utf8) {
            switch piece {
            case .bytes(let bytes): output += escape(String(decoding: bytes, as: UTF8.self))
            case .variable(let name): output += variable(name, constants[name])
            case .underline: break
            }
        }
        return output
    }
}
