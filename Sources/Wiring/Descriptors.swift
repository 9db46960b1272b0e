import Foundation

/// Connections, files and the relay's sockets count against one limit of the process, which a shell or a service manager may
/// have set low.
package enum Descriptors {
    /// What everything but visitors' connections needs.
    static let ownUse = 600

    /// Raises the limit as far as it may be raised: what a service manager gives is often the least, and the most is meant to
    /// be asked for.
    package static func raise() {
        var limit = rlimit()
        guard getrlimit(files, &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
        limit.rlim_cur = limit.rlim_max
        _ = setrlimit(files, &limit)
    }

    /// How many files and sockets this process may have open; nil where it cannot be told.
    static var limit: Int? {
        var limit = rlimit()
        guard getrlimit(files, &limit) == 0 else { return nil }
        return Int(clamping: limit.rlim_cur)
    }

    /// How many of so many connections there is room for.
    static func room(for connections: Int) -> Int {
        guard let limit, limit < connections + ownUse else { return connections }
        return max(16, limit - ownUse)
    }

    #if canImport(Darwin)
        private static let files = RLIMIT_NOFILE
    #else
        private static let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #endif
}
