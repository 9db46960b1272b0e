import Rendering
import Synchronization

/// The policies' texts as HTML, each made once in the life of a process: visitors pay nothing for what an author wrote. A
/// version never changes, and there are few.
final class PolicyPages: Sendable {
    private let rendering: RenderingPool
    /// By the text's hash.
    private let pages = Mutex<[String: Task<String, any Error>]>([:])

    /// More than there are versions; beyond, all are forgotten.
    private static let most = 64

    init(_ rendering: RenderingPool) {
        self.rendering = rendering
    }

    /// Of a version that is not published yet: refused where it takes too long.
    func prepare(_ policy: Policy) async throws {
        let html = try await rendering.run { PolicyText.html(policy.text) }
        keep(Task { html }, as: policy.hash)
    }

    func html(of policy: Policy) async throws -> String {
        let known = pages.withLock { $0[policy.hash] }
        if let known { return try await known.value }
        let made = Task { [rendering] in try await rendering.run(patiently: true) { PolicyText.html(policy.text) } }
        keep(made, as: policy.hash)
        return try await made.value
    }

    private func keep(_ page: Task<String, any Error>, as hash: String) {
        pages.withLock { pages in
            if pages.count >= Self.most { pages = [:] }
            pages[hash] = page
        }
    }
}
