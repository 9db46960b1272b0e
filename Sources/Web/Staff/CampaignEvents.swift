import CourantAPI
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import Mail
import NIOCore
import Newsletter
import ServiceLifecycle

/// `GET /api/v1/campaigns/{id}/events`: the campaign as it is, and each time it has changed, as lines of JSON, until it is
/// over, the client leaves, or the service stops. The store is looked at a few times a second, whoever changes it; a line
/// comes at least every ten seconds, so that a lost connection is noticed at both ends and no proxy between them takes the
/// stream for dead.
struct CampaignEvents: Sendable {
    let campaigns: Campaigns
    let health: RelayHealth
    let clock: WallClock
    var interval: Duration = .milliseconds(250)
    var longestSilence: Duration = .seconds(10)
    /// Whoever is signed out meanwhile hears no more.
    var trust: Duration = .seconds(10)

    func add(to router: StaffRouter) {
        router.on(.get, "campaigns/{id}/events", .see) { call in
            let first = CampaignInfo(try await campaigns.show(call.campaign()), health, at: clock.now())
            let body = call.request.body
            return Response(
                status: .ok, headers: Self.headers,
                body: ResponseBody { writer in
                    do {
                        var lines = Lines(writer: writer)
                        try await body.consumeWithCancellationOnInboundClose { _ in
                            try await follow(first, call) { try await lines.write($0) }
                        }
                    } catch is DoorFailure {
                        call.context.logger.info("a watcher's login has ended")
                    } catch is CancellationError {
                        // There is nobody to tell any more.
                        call.context.logger.debug("the watcher has left")
                        throw CancellationError()
                    }
                    try await writer.finish(nil)
                })
        }
    }

    /// A proxy hands each line on as it comes: nginx would keep them until it has enough of them.
    private static let headers: HTTPFields = [
        .contentType: "application/x-ndjson", .accelBuffering: "no", .cacheControl: "no-store, no-transform",
    ]

    private func follow(
        _ first: CampaignInfo, _ call: StaffCall, _ write: (CampaignInfo) async throws -> Void
    ) async throws {
        guard let id = Int64(first.id) else { return }
        var last = first
        var written = ContinuousClock.now
        var trusted = written
        try await write(last)
        while !last.isOver, !Task.isShuttingDownGracefully {
            try await Task.sleep(for: interval)
            if ContinuousClock.now - trusted >= trust {
                try await call.requireStillSignedIn()
                trusted = .now
            }
            // Before it begins, its readers are counted once: to count walks over all of them.
            var next = CampaignInfo(try await campaigns.show(id, counts: false), health, at: clock.now())
            if next.startedAt == nil { next.audience = last.audience }
            guard next != last || ContinuousClock.now - written >= longestSilence else { continue }
            last = next
            written = .now
            try await write(last)
        }
    }
}

private struct Lines {
    var writer: any ResponseBodyWriter

    mutating func write(_ campaign: CampaignInfo) async throws {
        try await writer.write(ByteBuffer(bytes: try JSON.encode(campaign) + [0x0A]))
    }
}
