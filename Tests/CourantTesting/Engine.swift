package import Foundation
package import SQLStore
package import Testing

/// What a test's records may be kept in.
package enum Engine: String, CaseIterable, Sendable {
    case sqlite, postgresql

    /// Whatever tests that name none run on: SQLite, unless `COURANT_TEST_ENGINE` says otherwise.
    package static let usual =
        ProcessInfo.processInfo.environment["COURANT_TEST_ENGINE"].flatMap(Engine.init) ?? .sqlite

    /// An empty store of one's own, for `store.url`.
    package func url(in directory: URL) async throws -> String {
        switch self {
        case .sqlite: "sqlite:\(directory.appending(path: "courant.db").path)"
        case .postgresql: try await PostgresCluster.shared.database().url
        }
    }
}

extension PostgresDatabase {
    package var address: StoreAddress { get throws { try StoreAddress(url) } }

    /// As the server is told who it is that connects.
    package func address(as application: String) throws -> StoreAddress {
        try StoreAddress("\(url)&application_name=\(application)")
    }
}

extension Trait where Self == ConditionTrait {
    /// Looks into SQLite's file, or into what lies beside it.
    package static var ofTheFile: Self { .enabled(if: Engine.usual == .sqlite, "it is about SQLite's file") }
}
