import CourantAPI
import Foundation

/// Serving people's rights. Addresses travel in bodies alone.
extension APIClient {
    func find(_ which: WhichSubscriber) async throws(Failure) -> SubscriberInfo {
        try await post("subscribers/find", which)
    }
    func export(_ which: WhichSubscriber) async throws(Failure) -> Data {
        try await answer(.post, "subscribers/export", try body(which)).body
    }
    func rectify(_ wish: Rectify) async throws(Failure) {
        _ = try await answer(.post, "subscribers/rectify", try body(wish))
    }
    /// `restrict`, `unrestrict`, `object` or `erase`.
    func serve(_ verb: String, _ which: WhichSubscriber) async throws(Failure) -> ServedInfo {
        try await post("subscribers/\(verb)", which)
    }
    func forgive(_ which: WhichSubscriber) async throws(Failure) {
        _ = try await answer(.post, "subscribers/forgive", try body(which))
    }

    // Consents

    func consents(_ which: WhichSubscriber) async throws(Failure) -> ConsentsInfo {
        try await post("consents/show", which)
    }
    func verify(_ receipt: PresentedReceipt) async throws(Failure) -> ReceiptInfo {
        try await post("consents/verify", receipt)
    }

    // The register

    func requests(openOnly: Bool) async throws(Failure) -> RequestsInfo {
        try await get(openOnly ? "requests?open=true" : "requests")
    }
    func open(_ request: OpenRequest) async throws(Failure) -> RequestInfo { try await post("requests", request) }
    func extend(_ number: RequestNumber) async throws(Failure) -> RequestInfo {
        try await post("requests/\(number)/extend")
    }
    func close(_ number: RequestNumber, _ end: CloseRequest) async throws(Failure) -> RequestInfo {
        try await post("requests/\(number)/close", end)
    }
}
