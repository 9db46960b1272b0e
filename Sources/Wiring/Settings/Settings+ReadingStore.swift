import SQLStore

extension Settings {
    /// The password stands in a file of its own or in the URL; neither is ever shown.
    mutating func readStore(_ reader: inout SettingsReader) {
        if let url = reader.text("store.url", shown: StoreAddress.shown) {
            do throws(StoreAddress.Problem) {
                store = try StoreAddress(url)
            } catch {
                reader.problem("store.url", error.words)
            }
        }
        if case .sqlite(let path) = store { store = .sqlite(path: reader.absolute(path, madeFor: "store.url")) }
        guard let password = reader.secret("store.password-file") else { return }
        if case .postgresql(var address) = store {
            address.password = password
            store = .postgresql(address)
        } else {
            reader.problem("store.password-file", "is for a store.url that begins with postgresql://")
        }
    }
}

extension StoreAddress {
    /// A file's path as it was written; of a server's address, all but what is secret.
    fileprivate static func shown(_ url: String) -> String {
        switch try? StoreAddress(url) {
        case .sqlite: url
        case .postgresql(let address): address.shown
        case nil: "[redacted]"
        }
    }
}
