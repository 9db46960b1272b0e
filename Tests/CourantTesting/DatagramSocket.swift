import Foundation
import Synchronization

/// A Unix datagram socket that keeps what it gets: what a service manager listens on.
package final class DatagramSocket: Sendable {
    /// As `NOTIFY_SOCKET` names it.
    package let name: String
    private let descriptor: Int32
    private let received = Mutex<[String]>([])

    struct Failed: Error { let code: Int32 }

    /// `name` is a path, or `@` and a name that no file has (Linux).
    package init(_ name: String) throws {
        self.name = name
        #if canImport(Darwin)
            descriptor = socket(AF_UNIX, SOCK_DGRAM, 0)
        #else
            descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        #endif
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = name.hasPrefix("@") ? [0] + Array(name.utf8.dropFirst()) : Array(name.utf8)
        let room = MemoryLayout.size(ofValue: address.sun_path)
        guard bytes.count < room else { throw Failed(code: ENAMETOOLONG) }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let length = socklen_t(MemoryLayout<sockaddr_un>.size - room + bytes.count)
        let bound = withUnsafePointer(to: address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
        }
        guard bound == 0 else { throw Failed(code: errno) }
        listen()
    }

    deinit { shutdown(descriptor, Int32(SHUT_RDWR)) }

    /// On a thread of its own, for receiving blocks, until the socket is shut.
    private func listen() {
        Thread.detachNewThread { [descriptor, weak self] in
            var bytes = [UInt8](repeating: 0, count: 4096)
            while true {
                let count = recv(descriptor, &bytes, bytes.count, 0)
                guard count > 0, let self else { break }
                self.received.withLock { $0.append(String(decoding: bytes[..<count], as: UTF8.self)) }
            }
            close(descriptor)
        }
    }

    /// Line by line, in the order in which they came.
    package var lines: [String] {
        received.withLock { $0 }.flatMap { $0.split(separator: "\n").map(String.init) }
    }
}
