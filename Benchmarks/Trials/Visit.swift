import Foundation

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// One request over a connection of its own, for whoever may find nobody there.
enum Visit {
    struct Answer {
        let status: Int
        /// Nanoseconds since 1970, by the kernel.
        let at: UInt64
    }

    /// Blocks. Nil where there is no answer, for whatever reason.
    static func pay(_ order: HTTPLoad.Order, port: Int, patience: Duration = .seconds(20)) -> Answer? {
        guard let descriptor = Sockets.connection(port: port) else { return nil }
        defer { close(descriptor) }
        Sockets.stamp(descriptor)
        let sent = order.bytes.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, noSignal) }
        var place = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard sent == order.bytes.count, poll(&place, 1, Int32(patience / .milliseconds(1))) == 1 else { return nil }
        var (buffer, stamp) = ([UInt8](repeating: 0, count: 4096), UInt64(0))
        let count = buffer.withUnsafeMutableBytes { bytes in
            bytes.baseAddress.map { Sockets.receive(descriptor, $0, bytes.count, stamp: &stamp) } ?? 0
        }
        // HTTP/1.1 200
        guard count > 12, let status = Int(String(decoding: buffer[9..<12], as: UTF8.self)) else { return nil }
        return Answer(status: status, at: stamp)
    }

    #if canImport(Darwin)
        private static let noSignal = Int32(0)
    #else
        private static let noSignal = Int32(MSG_NOSIGNAL)
    #endif
}
