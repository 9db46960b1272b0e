import Foundation
import Mail
import Rendering

/// A file that is being read: bytes go in as they come, good lines are staged in batches, bad ones noted. It holds a batch and no
/// more, however long the file is.
package struct ImportReading {
    package let id: Int64
    let plan: ImportPlan
    private let imports: Imports

    private var reader = CSVReader()
    private var parser: ImportParser
    private var waiting: [StagedRow] = []
    private var file = FileDigest()
    private(set) var counts = ImportCounts()

    static let batch = 500

    init(id: Int64, plan: ImportPlan, imports: Imports, now: Date) {
        self.id = id
        self.plan = plan
        self.imports = imports
        parser = imports.parser(plan, at: now)
    }

    var problems: ImportProblems { parser.problems }

    package mutating func take(_ bytes: [UInt8]) async throws {
        file.take(bytes)
        // In portions, so that a large one becomes no large batch.
        for start in stride(from: 0, to: bytes.count, by: 16_384) where !parser.isHopeless {
            var events: [CSVReader.Event] = []
            reader.take(bytes[start..<min(bytes.count, start + 16_384)]) { events.append($0) }
            try await take(events)
        }
    }

    mutating func finish() async throws {
        var events: [CSVReader.Event] = []
        if !parser.isHopeless { reader.finish { events.append($0) } }
        try await take(events)
        parser.finish()
        try await flush()
    }

    /// Of what has come so far.
    package var digest: String { file.text }

    private mutating func take(_ events: [CSVReader.Event]) async throws {
        for event in events {
            if let row = parser.take(event), problems.total == 0 {
                do { waiting.append(try imports.staged(row, on: plan.list)) } catch {
                    parser.note(event.line, .email(.invisible))
                }
            }
            if waiting.count >= Self.batch { try await flush() }
        }
    }

    private mutating func flush() async throws {
        guard problems.total == 0, !waiting.isEmpty else { return waiting.removeAll() }
        let isNew = try await imports.stage(waiting, for: id)
        counts.rows += isNew.count { $0 }
        counts.duplicates += isNew.count { !$0 }
        waiting.removeAll(keepingCapacity: true)
    }
}
