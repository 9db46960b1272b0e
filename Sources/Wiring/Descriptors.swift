import Foundation

/// Connections, files and the relay's sockets count against one limit of the process, which a shell or a service manager may
/// have set low.
enum Descriptors {
    /// What everything but visitors' connections needs.
    static let ownUse = 600

    /// Raises the limit as far as it may be raised, and returns how many of so many connections there is room for.
    static func room(for connections: Int) -> Int {
        var limit = rlimit()
        guard getrlimit(files, &limit) == 0 else { return connections }
        let wanted = rlim_t(connections + ownUse)
        if limit.rlim_cur < wanted {
            limit.rlim_cur = min(wanted, limit.rlim_max)
            _ = setrlimit(files, &limit)
            _ = getrlimit(files, &limit)
        }
        return limit.rlim_cur >= wanted ? connections : max(16, Int(limit.rlim_cur) - ownUse)
    }

    #if canImport(Darwin)
        private static let files = RLIMIT_NOFILE
    #else
        private static let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #endif
}
