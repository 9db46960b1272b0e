import Newsletter

extension SQLConnection {
    /// For use: what has moved away, or is only moving in, is not used.
    func prepare(_ keyring: Keyring, mayUpgrade: Bool = true) throws {
        try makeCurrent(keyring, mayUpgrade: mayUpgrade)
        try takeUp()
    }

    /// Makes the schema current, and checks that the keyring is this database's and no older than it.
    func makeCurrent(_ keyring: Keyring, mayUpgrade: Bool = true) throws {
        try Migrations.run(on: self, mayUpgrade: mayUpgrade)
        guard let known = try first("SELECT key_check FROM installation", { try $0.bytes(0) }) else {
            return try execute("INSERT INTO installation (key_check) VALUES (\(keyring.check))")
        }
        guard known == keyring.check else { throw StoreOpening.wrongKeys }
        guard try hasNewestKey(of: keyring) else { throw StoreOpening.olderKeys }
        if let number = try destroyedKey(keyring) { throw StoreOpening.olderThanKeys(number) }
    }
}
