import Mail
import Reports

extension Report {
    /// A provider's word: what it says of a mailbox is judged by the receiver's code and words, where it passes them
    /// on. The code in the receiver's own words stands before a summary of it.
    ///
    /// - Parameters:
    ///   - otherwise: where there is no code, and no word that makes it milder; nil: by the words alone.
    ///   - most: never harsher than that.
    static func told(
        _ marks: [Mark], status: String? = nil, words: String?, otherwise: ReportClass?, most: ReportClass = .dead,
        recipients: [String] = [], messageID: String? = nil
    ) -> Report {
        let text = (words ?? "").utf8
        let said = StatusSearch.enhanced(in: text) ?? status.flatMap { StatusSearch.enhanced(in: $0.utf8) }
        let verdict = judge(said, ReportWords(text), StatusSearch.reply(in: text), otherwise)
        return Report(
            kind: .delivery, verdict: min(verdict, most), status: said?.text ?? "", marks: marks,
            recipients: recipients, messageID: messageID)
    }

    private static func judge(
        _ said: EnhancedStatus?, _ words: ReportWords, _ reply: Int?, _ otherwise: ReportClass?
    ) -> ReportClass {
        if let said { return StatusTable.verdict(said, words: words) }
        if let otherwise { return words.soften(otherwise) }
        return min(StatusTable.verdict(nil, reply: reply, words: words), .strike)
    }

    static func told(_ marks: [Mark], _ verdict: ReportClass, status: String = "", messageID: String? = nil) -> Report {
        Report(
            kind: verdict == .complaint ? .complaint : .delivery, verdict: verdict, status: status, marks: marks,
            messageID: messageID)
    }
}

extension [Mark] {
    /// What a provider brings back of what we gave it; whether a tag of ours is in it, its code says.
    static func echo(_ texts: String?...) -> [Mark] {
        texts.compactMap {
            $0.map { Mark(place: .returned, text: String(decoding: $0.utf8.prefix(2000), as: UTF8.self)) }
        }
    }

    /// The same, from the fields of the mail.
    static func echo(fields: JSONValue, key: String = "name") -> [Mark] {
        echo(fields.field("x-courant", key: key))
            + (fields.field("list-unsubscribe", key: key).map { [Mark(place: .unsubscribe, text: $0)] } ?? [])
    }
}
