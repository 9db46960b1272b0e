import Foundation
import Mail
package import Newsletter
import Outbound
import Rendering
import SQLStore

/// An installation as checks see it: its parts, and its doors from outside.
package struct Inspection: Sendable {
    let courant: Courant
    /// Where the doors are on this machine: `http://127.0.0.1:8080`.
    let webServices: String
    private let http = HTTPClient()
    /// Whether a running service scrubs what is erased; otherwise the inspection does.
    let isServed: Bool
    let depth: Depth
    /// For one answer.
    private let patience: Duration
    /// Where verbs are tried out, or why there is no such place.
    private(set) var stage: Result<Stage, any Error> = .failure(CancellationError())

    package enum Depth: Sendable {
        /// Everything, however long that takes.
        case whole
        /// What costs the same for a million people as for one: before a start and a campaign.
        case brief
    }

    /// While a verb is tried out, other writers wait.
    static let shortPatience: Duration = .seconds(8)

    package init(
        courant: Courant, webServices: String, isServed: Bool, depth: Depth = .whole, patience: Duration = .seconds(20)
    ) {
        self.courant = courant
        self.webServices = webServices
        self.isServed = isServed
        self.depth = depth
        self.patience = patience
    }

    /// Each promise's evidence, in the book's order. A check that several promises name alike is made once.
    package func inspect(_ promises: [Promise]) async -> [PromiseFinding] {
        guard promises.contains(where: { PromiseCheck.named($0.check)?.isRehearsed == true }) else {
            return await look(promises)
        }
        do {
            return try await courant.withStage { stage in await staged(.success(stage)).look(promises) }
        } catch {
            return await staged(.failure(error)).look(promises)
        }
    }

    private func staged(_ stage: Result<Stage, any Error>) -> Inspection {
        var inspection = self
        inspection.stage = stage
        return inspection
    }

    private func look(_ promises: [Promise]) async -> [PromiseFinding] {
        var seen: [Question: Evidence] = [:]
        var findings: [PromiseFinding] = []
        for promise in promises {
            let question = Question(check: promise.check, parameters: promise.parameters)
            let evidence: Evidence
            if let known = seen[question] { evidence = known } else { evidence = await look(promise) }
            seen[question] = evidence
            findings.append(PromiseFinding(promise: promise, evidence: evidence))
        }
        return findings
    }

    private struct Question: Hashable {
        let check: String
        let parameters: [String: Promise.Parameter]
    }

    private func look(_ promise: Promise) async -> Evidence {
        guard let check = PromiseCheck.named(promise.check) else { return .broken("There is no such check.") }
        do {
            return try await check.look(self, Parameters(values: promise.parameters))
        } catch {
            return .broken(
                FailureWords(webServices: webServices, settings: courant.settings, logger: courant.logger).words(error))
        }
    }

    func read<Value: Sendable>(_ look: @escaping @Sendable (any Transaction) throws -> Value) async throws -> Value {
        try await courant.store.read(look)
    }

    // MARK: Asking as a visitor

    func get(_ path: String) async throws -> HTTPResponse {
        try await http.send(HTTPRequest(.get, webServices + path, timeout: patience))
    }

    func post(_ path: String, form: String) async throws -> HTTPResponse {
        try await http.send(
            HTTPRequest(
                .post, webServices + path, headers: [HTTPHeader("Content-Type", "application/x-www-form-urlencoded")],
                body: Array(form.utf8), timeout: patience))
    }

    func get(_ path: String, headers: [HTTPHeader]) async throws -> HTTPResponse {
        try await http.send(HTTPRequest(.get, webServices + path, headers: headers, timeout: patience))
    }
}
