package import Foundation

#if canImport(Darwin)
    package typealias SpawnActions = posix_spawn_file_actions_t?
#else
    package typealias SpawnActions = posix_spawn_file_actions_t
#endif

/// A program that does not start.
package struct SpawnFailure: Error, CustomStringConvertible {
    package let description: String
}

/// Starts a program with nothing of ours blocked.
///
/// - Parameters:
///   - words: the program, by its path or looked for in PATH, and what it is told.
///   - signals: what it takes as the system would, whatever we make of them; nil: every one.
///   - flags: more of `POSIX_SPAWN_…`.
///   - prepare: where its streams go.
/// - Returns: its id.
package func spawn(
    _ words: [String], _ environment: [String: String], signals: [Int32]? = nil, flags: Int32 = 0,
    _ prepare: (inout SpawnActions) -> Void
) throws -> pid_t {
    #if canImport(Darwin)
        var actions: posix_spawn_file_actions_t?
        var attributes: posix_spawnattr_t?
    #else
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
    #endif
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    defer {
        posix_spawn_file_actions_destroy(&actions)
        posix_spawnattr_destroy(&attributes)
    }
    prepare(&actions)
    var set = sigset_t()
    sigemptyset(&set)
    posix_spawnattr_setsigmask(&attributes, &set)
    if let signals { for number in signals { sigaddset(&set, number) } } else { sigfillset(&set) }
    posix_spawnattr_setsigdefault(&attributes, &set)
    posix_spawnattr_setflags(&attributes, Int16(flags | Int32(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF)))
    return try withCStrings(words) { arguments in
        try withCStrings(environment.map { "\($0)=\($1)" }) { environment in
            var process: pid_t = 0
            let result = posix_spawnp(&process, words[0], &actions, &attributes, arguments, environment)
            guard result == 0 else {
                throw SpawnFailure(description: "\(words[0]) cannot be started: \(String(cString: strerror(result)))")
            }
            return process
        }
    }
}

private func withCStrings<Result>(
    _ texts: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) throws -> Result
) throws -> Result {
    let strings: [UnsafeMutablePointer<CChar>?] = texts.map { strdup($0) } + [nil]
    defer { strings.forEach { free($0) } }
    return try strings.withUnsafeBufferPointer { pointers in
        guard let start = pointers.baseAddress else { throw SpawnFailure(description: "out of memory") }
        return try body(start)
    }
}
