import CourantAPI
import Foundation
import PeopleFiles

/// A file of people on this computer: found out how it is written, and read to parts as often as need be.
struct PeopleSource {
    let path: String
    let shape: TableShape
    /// The same for the same file: a command that is run again imports nothing again.
    let fingerprint: String

    init(path: String) throws(Failure) {
        self.path = path
        guard let file = FileHandle(forReadingAtPath: path) else { throw .file("\(path) cannot be read") }
        defer { try? file.close() }
        var (hash, shape, isFirst) = (UInt64(0xCBF2_9CE4_8422_2325), TableShape(), true)
        while let piece = try? file.read(upToCount: 65_536), !piece.isEmpty {
            if isFirst {
                var decoder = TextDecoder(shape.encoding)
                shape.readHead(decoder.decode(piece))
                isFirst = false
            }
            for byte in piece { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        }
        self.shape = shape
        fingerprint = String(hash, radix: 16)
    }
}

/// Brings a file to the service, part after part, and keeps in mind which of its lines are bad. Where the connection broke
/// off, the same command goes on with the parts that are missing.
struct Sending {
    let client: APIClient
    let file: PeopleSource
    let order: UploadOrder
    let console: Console
    private var id: UploadID?
    private var parts = 0
    private var problems = Problems()

    init(client: APIClient, file: PeopleSource, order: UploadOrder, console: Console) {
        self.client = client
        self.file = file
        self.order = order
        self.console = console
    }

    private struct Problems {
        var total = 0
        var first: [FieldError] = []

        mutating func note(_ line: Int, _ words: String) {
            total += 1
            if first.count < 20 { first.append(FieldError(field: "line \(line)", message: words)) }
        }
    }

    private func key(_ purpose: String) throws(Failure) -> IdempotencyKey {
        IdempotencyKey(purpose, file.fingerprint, String(decoding: try client.body(order), as: UTF8.self))
    }

    /// Says whether the same file was taken before.
    mutating func open() async throws(Failure) -> ImportInfo { try await open(key("import")) }

    private mutating func open(_ key: IdempotencyKey) async throws(Failure) -> ImportInfo {
        let opened = try await client.open(order, key: key)
        (id, parts, problems) = (try UploadID(opened.id), opened.parts ?? 0, Problems())
        return opened
    }

    /// Every part that the service has not got; then what would become of all.
    mutating func send() async throws -> ImportInfo {
        guard let id else { return try await open() }
        var reader = try TableParts(file.path, file.shape)
        while let event = try reader.next() {
            switch event {
            case .fault(let line, let fault): problems.note(line, fault.words)
            case .part(let part): try await put(part, of: id)
            }
        }
        guard problems.total == 0 else {
            try await client.abandon(id)
            throw failure
        }
        return try await client.look(id)
    }

    private mutating func put(_ part: Part, of id: UploadID) async throws(Failure) {
        guard part.number > parts else { return }
        for problem in try await client.put(part, of: id).problems {
            let line = Int(problem.field.split(separator: " ").last ?? "").flatMap(part.line) ?? 1
            problems.note(line, problem.message)
        }
    }

    /// The same, and nothing of it is kept.
    mutating func rehearse() async throws -> ImportInfo {
        _ = try await open(key("rehearse"))
        var found = try await send()
        try await abandon()
        found.state = "rehearsed"
        return found
    }

    func accept(_ rows: Int) async throws -> ImportInfo { try await client.accept(known(), expecting: rows) }

    func abandon() async throws(Failure) { try await client.abandon(known()) }

    private func known() throws(Failure) -> UploadID {
        guard let id else { throw .usage("Nothing was sent") }
        return id
    }

    private var failure: Failure {
        let more = problems.total - problems.first.count
        return Failure(
            word: "import",
            title: "\(problems.total.counted("line")) cannot be imported"
                + (more > 0 ? "; \(more.grouped) are not listed" : ""),
            next: "Correct them; until then nothing of the file is imported", exit: .guarded, errors: problems.first)
    }
}
