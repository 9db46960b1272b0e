import Foundation
import Rendering

/// What a file's records say, one after the other: the first names the columns, each further one becomes a row, or a fault that
/// is noted by its line.
struct ImportParser {
    let plan: ImportPlan
    let languages: [Language]
    let takesUTF8: @Sendable () -> Bool
    let now: Date

    private var head: ImportHead?
    private(set) var problems: ImportProblems
    /// Nothing behind the head's fault can be understood.
    private(set) var isHopeless = false

    init(
        _ plan: ImportPlan, languages: [Language], takesUTF8: @escaping @Sendable () -> Bool, now: Date,
        mostProblems: Int = ImportProblems.most
    ) {
        self.plan = plan
        self.languages = languages
        self.takesUTF8 = takesUTF8
        self.now = now
        problems = ImportProblems(limit: mostProblems)
    }

    /// Nil where it is the head, or a bad line.
    mutating func take(_ event: CSVReader.Event) -> ImportRow? {
        guard !isHopeless else { return nil }
        do throws(ImportFault) {
            return try read(event)
        } catch {
            note(event.line, error)
            isHopeless = error.isFatal || head == nil
            return nil
        }
    }

    mutating func note(_ line: Int, _ fault: ImportFault) { problems.note(line, fault) }

    mutating func finish() {
        if head == nil, problems.total == 0 { problems.note(1, .noHead) }
    }

    private mutating func read(_ event: CSVReader.Event) throws(ImportFault) -> ImportRow? {
        guard case .record(_, let fields) = event else {
            if case .fault(_, let fault) = event { throw .form(fault) }
            return nil
        }
        guard let head else {
            self.head = try ImportHead(fields, for: plan)
            return nil
        }
        var row = try head.row(fields, languages: languages, takesUTF8: takesUTF8())
        if let contact = row.lastContact, contact > now { throw .future }
        if let elsewhere = plan.elsewhere { try check(&row, elsewhere) }
        guard isKept(row.latest, row.class) else { throw plan.elsewhere == nil ? .tooOld : .consentTooOld }
        return row
    }

    private func check(_ row: inout ImportRow, _ elsewhere: ConsentElsewhere) throws(ImportFault) {
        guard let day = row.confirmedAt ?? elsewhere.day else { throw .noConsentDay }
        guard day <= now, row.askedAt.map({ $0 <= now }) ?? true else { throw .consentFuture }
        row.confirmedAt = day
        row.evidence = row.evidence ?? elsewhere.evidence
    }

    private func isKept(_ latest: Date?, _ kind: SubscriberClass?) -> Bool {
        guard let latest, let term = plan.list.retention.terms[kind ?? plan.class] else { return true }
        return latest + .days(term) > now
    }
}

extension CSVReader.Event {
    var line: Int {
        switch self {
        case .record(let line, _), .fault(let line, _): line
        }
    }
}
