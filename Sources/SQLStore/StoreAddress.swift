/// Where the records are: `sqlite:PATH` or `postgresql://…`.
package enum StoreAddress: Sendable, Equatable {
    case sqlite(path: String)
    case postgresql(PostgresAddress)

    /// What is wrong with a text that is no such address, in words that follow "store.url".
    package struct Problem: Error, Equatable {
        package let words: String
    }

    package init(_ text: String) throws(Problem) {
        if text.hasPrefix("sqlite:"), text.utf8.count > "sqlite:".utf8.count {
            self = .sqlite(path: String(text.dropFirst("sqlite:".count)))
        } else if text.hasPrefix("postgresql://") || text.hasPrefix("postgres://") {
            self = .postgresql(try PostgresAddress(text))
        } else {
            throw Problem(
                words: "is neither sqlite:PATH, such as sqlite:var/courant.db, nor postgresql://USER@HOST/DATABASE")
        }
    }
}

extension StoreAddress {
    /// Where it is the same server's and has no password itself.
    package func having(passwordOf known: StoreAddress) -> StoreAddress {
        guard case (.postgresql(var address), .postgresql(let known)) = (self, known), address.password == nil,
            "\(address)" == "\(known)"
        else { return self }
        address.password = known.password
        return .postgresql(address)
    }
}

extension StoreAddress: CustomStringConvertible {
    /// Without a password.
    package var description: String {
        switch self {
        case .sqlite(let path): path
        case .postgresql(let address): address.description
        }
    }
}
