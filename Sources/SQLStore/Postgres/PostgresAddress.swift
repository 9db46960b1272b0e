import CPostgres
import Foundation

/// A `postgresql://` URL, as libpq reads it: `postgresql://USER@HOST:PORT/DATABASE?sslmode=…`.
///
/// A server that is not on this machine must show a certificate that is valid for its name, unless `sslmode` says otherwise.
package struct PostgresAddress: Sendable, Equatable {
    /// libpq's names for what the URL says.
    private let options: [String: String]
    /// Used where the URL has none.
    package var password: String?

    package init(_ url: String) throws(StoreAddress.Problem) {
        var message: UnsafeMutablePointer<CChar>?
        guard let parsed = PQconninfoParse(url, &message) else {
            defer { PQfreemem(message) }
            // libpq quotes the whole URL with its password, but where an option's name is wrong.
            let words = message.map { String(cString: $0).trimmingCharacters(in: .whitespacesAndNewlines) } ?? ""
            let why = words.hasPrefix("invalid URI query parameter") ? ": \(words)" : ""
            throw StoreAddress.Problem(words: "is not postgresql://USER@HOST/DATABASE\(why)")
        }
        defer { PQconninfoFree(parsed) }
        var options: [String: String] = [:]
        var option = parsed
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { options[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        self.options = options
        guard options["dbname"] != nil else {
            throw StoreAddress.Problem(words: "names no database: postgresql://USER@HOST/DATABASE")
        }
    }

    /// Whether the URL says where the tables are (`?options=-csearch_path%3D…`).
    var namesSchema: Bool { options["options"]?.contains("search_path") == true }

    private var isOnThisMachine: Bool {
        let hosts = (options["host"] ?? "").split(separator: ",", omittingEmptySubsequences: false)
        return hosts.allSatisfy { $0.isEmpty || $0.first == "/" || ["localhost", "127.0.0.1", "::1"].contains($0) }
    }

    /// What libpq is to connect with.
    var parameters: [String: String] {
        var parameters = [
            "application_name": "courant", "client_encoding": "UTF8", "connect_timeout": "5",
            // Both: a host that is gone says nothing, whether we wait for it or have sent it something.
            "keepalives_idle": "10", "keepalives_interval": "5", "keepalives_count": "3", "tcp_user_timeout": "10000",
        ]
        if !isOnThisMachine {
            parameters["sslmode"] = "verify-full"
            parameters["sslrootcert"] = Self.authorities
        }
        parameters["password"] = password
        return parameters.merging(options) { $1 }
    }

    /// Where the system keeps whom it trusts.
    private static let authorities =
        ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"]
        .first { FileManager.default.fileExists(atPath: $0) } ?? "/etc/ssl/cert.pem"
}

extension PostgresAddress {
    private static let secrets: Set = ["password", "sslpassword", "oauth_client_secret"]
    private static let place: Set = ["user", "host", "port", "dbname"]

    /// The whole address, for whoever checks the settings, without what is secret in it.
    package var shown: String {
        let query = options.filter { !Self.secrets.contains($0.key) && !Self.place.contains($0.key) }
            .map { "\($0.key)=\($0.value.addingPercentEncoding(withAllowedCharacters: Self.plain) ?? "")" }.sorted()
        guard !query.isEmpty else { return description }
        return description + (description.contains("?") ? "&" : "?") + query.joined(separator: "&")
    }

    private static let plain = CharacterSet.alphanumerics.union(CharacterSet(charactersIn: "-._~/,:"))
}

extension PostgresAddress: CustomStringConvertible {
    /// Without the password.
    package var description: String {
        let user = options["user"].map { "\($0)@" } ?? ""
        let (host, port, database) = (options["host"] ?? "", options["port"], options["dbname"] ?? "")
        return host.first == "/"
            ? "postgresql://\(user)/\(database)?host=\(host)" + (port.map { "&port=\($0)" } ?? "")
            : "postgresql://\(user)\(host)" + (port.map { ":\($0)" } ?? "") + "/\(database)"
    }
}
