import CourantAPI
import Foundation
import PeopleFiles

/// Brings a file to the service, part after part. Where the connection broke off, the same command goes on with the parts that
/// are missing.
struct ImportSending {
    let client: APIClient
    let file: PeopleFile
    let order: UploadOrder
    let skipsBad: Bool
    let console: Console

    enum Outcome {
        /// All of it is there, and waits for somebody's word.
        case staged(ImportInfo, UploadID)
        /// The same file was taken before.
        case taken(Date)
    }

    func send() async throws -> Outcome {
        let opened = try await client.open(order, key: key("import"))
        if let taken = opened.takenAt { return .taken(taken) }
        let id = try UploadID(opened.id)
        return .staged(try await send(id, opened.parts ?? 0), id)
    }

    /// The same, and nothing of it is kept.
    func rehearse() async throws -> ImportInfo {
        let opened = try await client.open(order, key: key("rehearse"))
        let id = try UploadID(opened.id)
        var found = try await send(id, opened.parts ?? 0)
        try await client.abandon("uploads/\(id)")
        found.state = "rehearsed"
        return found
    }

    private func key(_ purpose: String) throws(Failure) -> IdempotencyKey {
        IdempotencyKey(
            purpose, file.fingerprint, String(decoding: try client.body(order), as: UTF8.self))
    }

    private func send(_ id: UploadID, _ parts: Int) async throws -> ImportInfo {
        var sender = PartSender(client, path: "uploads/\(id)", parts: parts)
        do {
            try await sender.send(file, skippingBad: skipsBad, console)
        } catch let failure as Failure where failure.word == "import" {
            try await client.abandon("uploads/\(id)")
            throw failure
        }
        return try await client.look(id)
    }
}
