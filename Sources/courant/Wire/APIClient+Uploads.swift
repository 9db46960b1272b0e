import CourantAPI
import Foundation
import PeopleFiles

/// Files of people, in parts, and lists on their way out.
extension APIClient {
    /// `path`: `uploads/7` or `blocks/7`
    func put(_ part: Part, at path: String) async throws(Failure) -> PartInfo {
        let call = Call(
            method: .put, path: "/api/v1/\(path)/parts/\(part.number)", body: Data(part.text.utf8),
            contentType: "text/csv; charset=utf-8")
        let answer = try await connection.send(call)
        guard (200..<300).contains(answer.status) else { throw answer.failure(at: url) }
        return try decode(answer.body, status: answer.status)
    }
    func abandon(_ path: String) async throws(Failure) { _ = try await answer(.delete, path, nil) }

    func open(_ order: UploadOrder, key: IdempotencyKey) async throws(Failure) -> ImportInfo {
        try await call(.post, "uploads", try body(order), key: key)
    }
    func look(_ id: UploadID) async throws(Failure) -> ImportInfo { try await get("uploads/\(id)") }
    func imported(_ id: UploadID) async throws(Failure) -> ImportInfo { try await get("imports/\(id)") }
    func accept(_ id: UploadID, expecting rows: Int) async throws(Failure) -> ImportInfo {
        try await post("uploads/\(id)/accept", AcceptUpload(expectRows: rows))
    }
    func approve(_ id: UploadID, expecting rows: Int) async throws(Failure) -> ImportInfo {
        try await post("uploads/\(id)/approve", AcceptUpload(expectRows: rows))
    }

    func open(_ order: BlockOrderInfo, key: IdempotencyKey) async throws(Failure) -> BlockInfo {
        try await call(.post, "blocks", try body(order), key: key)
    }
    func block(_ id: UploadID) async throws(Failure) -> BlockInfo { try await get("blocks/\(id)") }
    func accept(_ id: UploadID, _ wish: AcceptBlock) async throws(Failure) -> BlockInfo {
        try await post("blocks/\(id)/accept", wish)
    }

    /// Line after line: a mark, everybody on the list, a mark.
    func export(_ slug: Slug, _ take: (Data) throws -> Bool) async throws {
        let call = Call(method: .post, path: "/api/v1/lists/\(slug)/export")
        try await connection.lines(call, take)
    }
}
