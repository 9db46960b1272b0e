import Foundation
import Hummingbird
import NIOCore

/// The service manager that has started us, told what sd_notify(3) tells it: lines in one datagram to the socket that it names.
package struct ServiceManager: Sendable {
    /// As the system has it: a path, or a name behind a byte 0 (Linux's abstract sockets).
    private let address: [UInt8]
    /// How long it waits for a sign of life; nil: it asks for none.
    private let patience: Duration?

    /// Nil where none has started us.
    package init?(_ environment: [String: String], process: Int32 = getpid()) {
        guard let name = environment["NOTIFY_SOCKET"], let first = name.utf8.first,
            first == UInt8(ascii: "/") || first == UInt8(ascii: "@")
        else { return nil }
        address = first == UInt8(ascii: "@") ? [0] + name.utf8.dropFirst() : Array(name.utf8)
        patience = Self.patience(environment, process)
    }

    /// This process's own.
    package static let current = ServiceManager(ProcessInfo.processInfo.environment)

    /// `WATCHDOG_PID` says for whom it is meant: a child inherits the variables.
    private static func patience(_ environment: [String: String], _ process: Int32) -> Duration? {
        guard environment["WATCHDOG_PID"].map({ $0 == "\(process)" }) ?? true,
            let microseconds = environment["WATCHDOG_USEC"].flatMap({ Int64($0) }), microseconds > 0
        else { return nil }
        return .microseconds(microseconds)
    }

    /// `READY=1`, `STATUS=…`, `STOPPING=1`, `WATCHDOG=1`. Nobody is waited for: what finds no room is lost.
    package func tell(_ lines: String...) {
        let descriptor = socket(AF_UNIX, Self.datagrams, 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        _ = (fcntl(descriptor, F_SETFD, FD_CLOEXEC), fcntl(descriptor, F_SETFL, O_NONBLOCK))
        let message = Array(lines.joined(separator: "\n").utf8)
        withSocketAddress { _ = sendto(descriptor, message, message.count, 0, $0, $1) }
    }

    #if canImport(Glibc)
        private static let datagrams = Int32(SOCK_DGRAM.rawValue)
    #else
        private static let datagrams = SOCK_DGRAM
    #endif

    private func withSocketAddress(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Void) {
        var socketAddress = sockaddr_un()
        socketAddress.sun_family = sa_family_t(AF_UNIX)
        let room = MemoryLayout.size(ofValue: socketAddress.sun_path)
        guard address.count < room else { return }
        withUnsafeMutableBytes(of: &socketAddress.sun_path) { $0.copyBytes(from: address) }
        let length = MemoryLayout<sockaddr_un>.size - room + address.count
        withUnsafePointer(to: socketAddress) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(length)) }
        }
    }

    /// Gives twice in each term the sign of life that is waited for, for as long as the process lives: only when the tasks'
    /// pool and every event loop have had their turn. The database is not asked: that it is away ends with it, and not
    /// with a new start of ours.
    package func reassure() {
        guard let patience else { return }
        Task.detached {
            while !Task.isCancelled {
                for loop in EventLoopGroupProvider.singleton.eventLoopGroup.makeIterator() {
                    try? await loop.submit {}.get()
                }
                tell("WATCHDOG=1")
                try? await Task.sleep(for: patience / 2)
            }
        }
    }
}
