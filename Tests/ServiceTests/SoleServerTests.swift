import CourantTesting
import Foundation
import GRDB
import Mail
import Newsletter
import SQLStore
import Testing

@testable import SQLStore

/// One service for a file, proved: a second one, another file in its place, another machine's disk.
@Suite(.ofTheFile) struct SoleServerTests {
    private struct Place {
        let directory: URL
        let keys = Keyring.random()
        let sendGuard = SendGuard()
        var path: String { directory.appending(path: "courant.db").path }

        init() throws { directory = try .temporary() }

        func open() throws -> SQLiteStore {
            let terms = StoreOpeningTerms(ledger: SQLiteStore.ledger(of: path), sendGuard: sendGuard)
            return try SQLiteStore(path: path, keyring: keys, terms: terms, logger: StoreTests.logger)
        }

        func remove() { try? FileManager.default.removeItem(at: directory) }
    }

    /// As a second service would where no lock holds.
    private static func intrude(_ place: Place) async throws {
        try await DatabaseQueue(path: place.path).write {
            try $0.execute(sql: "UPDATE installation SET server = randomblob(16)")
        }
    }

    @Test func `whoever finds that another serves the file stops, and writes and mails no more`() async throws {
        let place = try Place()
        defer { place.remove() }
        let store = try place.open()
        try await store.write { try $0.touch() }
        try await Self.intrude(place)
        await #expect(throws: ServiceLost.another(place.path)) { try await store.run() }
        await #expect(throws: StoreFailure.self) { try await store.write { try $0.touch() } }
        await #expect(throws: StoreFailure.self) { try await store.read { try $0.lists().count } }
        #expect(place.sendGuard.isClosed)
        try store.close()
        // The other's word is not taken away.
        let word = try await DatabaseQueue(path: place.path).read {
            try Data.fetchOne($0, sql: "SELECT server FROM installation")
        }
        #expect(word != nil)
    }

    @Test(arguments: ["", "-wal"]) func `whoever finds that its files are gone stops`(_ suffix: String) async throws {
        let place = try Place()
        defer { place.remove() }
        let store = try place.open()
        try await store.write { try $0.touch() }
        try FileManager.default.removeItem(atPath: place.path + suffix)
        await #expect(throws: ServiceLost.replaced(place.path)) { try await store.run() }
    }

    @Test func `whoever comes after somebody who said no farewell sends nothing at first`() async throws {
        let place = try Place()
        defer { place.remove() }
        try place.open().close()
        let second = try place.open()
        second.takePlace()
        #expect(!place.sendGuard.isClosed)
        try second.close()
        try await Self.intrude(place)
        let third = try place.open()
        third.takePlace()
        #expect(place.sendGuard.isClosed)
        try third.close()
    }

    // MARK: The place

    @Test func `a file with several names is refused, and a link to it is the file`() throws {
        let place = try Place()
        defer { place.remove() }
        let store = try place.open()
        let alias = place.directory.appending(path: "alias.db").path
        try FileManager.default.createSymbolicLink(atPath: alias, withDestinationPath: place.path)
        #expect(throws: StoreOpening.inUse(place.path + ".lock")) {
            try SQLiteStore(path: alias, keyring: place.keys, logger: StoreTests.logger)
        }
        try store.close()
        #expect(link(place.path, place.directory.appending(path: "other.db").path) == 0)
        #expect(throws: StoreOpening.severalNames(2)) { try place.open() }
    }

    @Test func `a lock file is not made through a link`() throws {
        let place = try Place()
        defer { place.remove() }
        let target = place.directory.appending(path: "target").path
        try FileManager.default.createSymbolicLink(atPath: place.path + ".lock", withDestinationPath: target)
        let refusal = #expect(throws: StoreOpening.self) { try place.open() }
        #expect(refusal.map { "\($0)" }?.contains("symbolic link: delete it") == true)
        #expect(!FileManager.default.fileExists(atPath: target))
    }

    @Test(arguments: [
        ("ext4", FileSystem.local), ("overlay", .local), ("tmpfs", .local), ("fuseblk", .local),
        ("nfs4", .remote("nfs4")), ("cifs", .remote("cifs")), ("smb3", .remote("smb3")),
        ("fuse.sshfs", .remote("fuse.sshfs")), ("fuse.gcsfuse", .throughAnother("fuse.gcsfuse")),
        ("9p", .throughAnother("9p")),
    ]) func `what a disk is, by the kernel's name for it`(_ kind: String, _ expected: FileSystem) throws {
        let directory = try URL.temporary()
        defer { try? FileManager.default.removeItem(at: directory) }
        let folder = directory.resolvingSymlinksInPath().path
        let mounts = MountTable(
            """
            22 1 254:0 / / rw,relatime shared:1 - xfs /dev/vda rw
            31 22 0:28 / \(folder) rw,nosuid - \(kind) server:/share\\040one rw
            32 22 0:29 / \(folder)/inner\\040one rw - nfs4 server:/other rw

            """)
        #expect(FileSystem(kind: mounts.mount(of: folder)?.kind ?? "") == expected)
        #expect(mounts.isMountedAlone(folder) && !mounts.isMountedAlone("/usr"))
        let inner = folder + "/inner one"
        try FileManager.default.createDirectory(atPath: inner, withIntermediateDirectories: true)
        #expect(mounts.mount(of: inner)?.kind == "nfs4")
        #expect(mounts.mount(of: "/usr")?.kind == "xfs")
    }
}
