import CourantAPI
import Foundation
import HTTPTypes
import Hummingbird
import Mail
import NIOCore
import Newsletter
import Rendering

/// `POST /api/v1/lists/{slug}/export`: everybody on a list, as lines of JSON, page by page as the other end takes them. It changes nothing but
/// the audit; it is no GET because nobody shall fetch it by a link.
struct ListExportRoutes: Sendable {
    let export: ListExport

    func add(to router: StaffRouter) {
        router.on(.post, "lists/{slug}/export", .serveSubscribers) { call in
            let slug = try call.slug()
            let count = try await export.begin(slug, by: call.member.actor)
            return Response(
                status: .ok, headers: Self.headers,
                body: ResponseBody { writer in
                    try await Self.write(LeaversMark(mark: "begin", people: count), to: &writer)
                    let sent = try await send(slug, call, &writer)
                    try await Self.write(LeaversMark(mark: "end", people: sent), to: &writer)
                    try await writer.finish(nil)
                })
        }
    }

    private static let headers: HTTPFields = [
        .contentType: "application/x-ndjson", .accelBuffering: "no", .cacheControl: "no-store, no-transform",
    ]

    private func send(_ slug: Slug, _ call: StaffCall, _ writer: inout any ResponseBodyWriter) async throws -> Int {
        var (place, sent) = (Int64(0), 0)
        while true {
            let (people, last) = try await export.people(on: slug, after: place)
            for person in people { try await Self.write(LeaverInfo(person), to: &writer) }
            sent += people.count
            guard let last else { return sent }
            place = last
            // A long list takes long to go.
            try await call.requireStillSignedIn()
        }
    }

    private static func write(_ line: some Encodable, to writer: inout any ResponseBodyWriter) async throws {
        try await writer.write(ByteBuffer(bytes: try JSON.encode(line) + [0x0A]))
    }
}

extension LeaverInfo {
    fileprivate init(_ leaver: ListExport.Leaver) {
        let (subscription, consent) = (leaver.subscription, leaver.subscription.consent)
        self.init(
            email: leaver.person.address.wire, name: leaver.person.name?.text,
            company: leaver.person.company?.text, language: subscription.language.code,
            state: subscription.state.rawValue, class: subscription.class.rawValue,
            basis: subscription.basis.rawValue, source: subscription.source, askedAt: consent?.knownAskedAt?.exact,
            confirmedAt: consent?.confirmedAt?.exact, wording: leaver.wording,
            policy: consent.flatMap { $0.policy.isEmpty ? nil : $0.policy }, evidence: leaver.evidence,
            lastContact: subscription.lastActivity.exact)
    }
}

extension Date {
    /// To the millisecond, as it is stored.
    fileprivate var exact: String {
        let milliseconds = Int64((timeIntervalSince1970 * 1000).rounded())
        let seconds = Date(timeIntervalSince1970: Double(milliseconds / 1000)).formatted(.iso8601)
        return "\(seconds.dropLast()).\(String(milliseconds % 1000 + 1000).dropFirst())Z"
    }
}
