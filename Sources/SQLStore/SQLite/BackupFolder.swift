package import Foundation

/// A folder of copies that were made one after the other: each has a name that says when.
package struct BackupFolder: Sendable {
    private let path: String

    package init(path: String) { self.path = path }

    private static let start = "courant-"
    private static let end = ".backup"

    /// `courant-20261127T093000Z.backup`
    package func nextFile(at now: Date) -> String {
        let stamp = now.formatted(.iso8601).filter { !"-:".contains($0) }
        return "\(path)/\(Self.start)\(stamp)\(Self.end)"
    }

    /// Of those that have such a name; whatever else lies there is somebody else's. Returns what was deleted.
    package func deleteOldest(keeping count: Int) throws -> [String] {
        let names = try FileManager.default.contentsOfDirectory(atPath: path).filter { name in
            name.wholeMatch(of: /courant-[0-9]{8}T[0-9]{6}Z\.backup/) != nil
        }
        return try names.sorted().dropLast(count).map { name in
            try FileManager.default.removeItem(atPath: "\(path)/\(name)")
            return "\(path)/\(name)"
        }
    }
}
