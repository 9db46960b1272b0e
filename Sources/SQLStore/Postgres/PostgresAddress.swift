import Foundation

/// A `postgresql://` URL.
package struct PostgresAddress: Sendable, Equatable, CustomStringConvertible {
    package let description: String
    package var password: String?

    package init(_ url: String) throws(StoreAddress.Problem) {
        let known: Set<String> = ["host", "sslmode", "user"]
        guard let parts = URLComponents(string: url), let host = parts.host ?? Optional("") else {
            throw StoreAddress.Problem(words: "is not postgresql://USER@HOST/DATABASE")
        }
        guard parts.path.utf8.count > 1 else {
            throw StoreAddress.Problem(words: "names no database: postgresql://USER@HOST/DATABASE")
        }
        guard (parts.queryItems ?? []).allSatisfy({ known.contains($0.name) }) else {
            throw StoreAddress.Problem(words: "is not postgresql://USER@HOST/DATABASE: an option is unknown")
        }
        let (user, port) = (parts.user.map { "\($0)@" } ?? "", parts.port.map { ":\($0)" } ?? "")
        description = "postgresql://\(user)\(host)\(port)\(parts.path)"
    }
}
