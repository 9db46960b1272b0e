import Foundation
import Mail
import Rendering

/// A file that is being read: bytes go in as they come, good lines are staged in batches, bad ones noted. It holds a batch and no
/// more, however long the file is.
package struct ImportReading {
    package let id: Int64
    let plan: ImportPlan
    private let imports: Imports
    private let now: Date

    private var reader = CSVReader()
    private var head: ImportHead?
    private var waiting: [StagedRow] = []
    private var file = FileDigest()
    private(set) var problems = ImportProblems()
    private(set) var counts = ImportCounts()
    /// Nothing behind the head's fault can be understood.
    private var isHopeless = false

    static let batch = 500

    init(id: Int64, plan: ImportPlan, imports: Imports, now: Date) {
        self.id = id
        self.plan = plan
        self.imports = imports
        self.now = now
    }

    package mutating func take(_ bytes: [UInt8]) async throws {
        file.take(bytes)
        // In portions, so that a large one becomes no large batch.
        for start in stride(from: 0, to: bytes.count, by: 16_384) where !isHopeless {
            var events: [CSVReader.Event] = []
            reader.take(bytes[start..<min(bytes.count, start + 16_384)]) { events.append($0) }
            try await take(events)
        }
    }

    mutating func finish() async throws {
        var events: [CSVReader.Event] = []
        if !isHopeless { reader.finish { events.append($0) } }
        try await take(events)
        if head == nil, problems.total == 0 { problems.note(1, .noHead) }
        try await flush()
    }

    /// Of what has come so far.
    package var digest: String { file.text }

    private mutating func take(_ events: [CSVReader.Event]) async throws {
        for event in events where !isHopeless {
            do throws(ImportFault) {
                try take(event)
            } catch {
                problems.note(event.line, error)
                isHopeless = error.isFatal || head == nil
            }
            if waiting.count >= Self.batch { try await flush() }
        }
    }

    private mutating func take(_ event: CSVReader.Event) throws(ImportFault) {
        guard case .record(_, let fields) = event else {
            if case .fault(_, let fault) = event { throw .form(fault) }
            return
        }
        guard let head else {
            let found = try ImportHead(fields)
            // Consent is asked for now; when we last met says nothing about it.
            if found.hasLastContact, plan.list.basis == .consent { throw .contactOnConsent }
            self.head = found
            return
        }
        let row = try head.row(fields, languages: imports.languages, takesUTF8: imports.takesUTF8())
        if let contact = row.lastContact {
            guard contact <= now else { throw .future }
            let term = plan.list.retention.terms[plan.class]
            guard term.map({ contact + .days($0) > now }) ?? true else { throw .tooOld }
        }
        guard problems.total == 0 else { return }
        guard let staged = try? imports.staged(row, on: plan.list) else { throw .email(.invisible) }
        waiting.append(staged)
    }

    private mutating func flush() async throws {
        guard problems.total == 0, !waiting.isEmpty else { return waiting.removeAll() }
        let isNew = try await imports.stage(waiting, for: id)
        counts.rows += isNew.count { $0 }
        counts.duplicates += isNew.count { !$0 }
        waiting.removeAll(keepingCapacity: true)
    }
}

extension CSVReader.Event {
    fileprivate var line: Int {
        switch self {
        case .record(let line, _), .fault(let line, _): line
        }
    }
}
