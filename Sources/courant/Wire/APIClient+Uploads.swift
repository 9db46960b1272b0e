import CourantAPI
import Foundation
import PeopleFiles

/// Files of people, in parts.
extension APIClient {
    func open(_ order: UploadOrder, key: IdempotencyKey) async throws(Failure) -> ImportInfo {
        try await call(.post, "uploads", try body(order), key: key)
    }

    func put(_ part: Part, of id: UploadID) async throws(Failure) -> PartInfo {
        let path = "/api/v1/uploads/\(id)/parts/\(part.number)"
        let answer = try await connection.send(
            Call(method: .put, path: path, body: Data(part.text.utf8), contentType: "text/csv; charset=utf-8"))
        guard (200..<300).contains(answer.status) else { throw answer.failure(at: url) }
        return try decode(answer.body, status: answer.status)
    }

    func look(_ id: UploadID) async throws(Failure) -> ImportInfo { try await get("uploads/\(id)") }
    func imported(_ id: UploadID) async throws(Failure) -> ImportInfo { try await get("imports/\(id)") }
    func accept(_ id: UploadID, expecting rows: Int) async throws(Failure) -> ImportInfo {
        try await post("uploads/\(id)/accept", AcceptUpload(expectRows: rows))
    }
    func approve(_ id: UploadID, expecting rows: Int) async throws(Failure) -> ImportInfo {
        try await post("uploads/\(id)/approve", AcceptUpload(expectRows: rows))
    }
    func abandon(_ id: UploadID) async throws(Failure) { _ = try await answer(.delete, "uploads/\(id)", nil) }
}
