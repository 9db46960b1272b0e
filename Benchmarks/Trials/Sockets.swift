import Foundation

#if canImport(CDispatch)
    import CDispatch  // timespec, on Linux
#endif

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// The few calls on sockets that a sink and a load generator make.
package enum Sockets {
    static func address(_ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        return address
    }

    private static var stream: Int32 {
        #if canImport(Darwin)
            SOCK_STREAM
        #else
            Int32(SOCK_STREAM.rawValue)
        #endif
    }

    /// On loopback; port 0 takes one that is free.
    static func listener(port: Int) throws -> (descriptor: Int32, port: Int) {
        let descriptor = socket(AF_INET, stream, 0)
        var (yes, name) = (Int32(1), address(port))
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                bind(descriptor, name, size) == 0 && listen(descriptor, 1024) == 0
                    && getsockname(descriptor, name, &size) == 0
            }
        }
        guard isBound else {
            close(descriptor)
            throw TrialFailure("port \(port) cannot be listened at")
        }
        prepare(descriptor)
        return (descriptor, Int(UInt16(bigEndian: name.sin_port)))
    }

    static func accepted(by listener: Int32) -> Int32? {
        let descriptor = accept(listener, nil, nil)
        guard descriptor >= 0 else { return nil }
        prepare(descriptor)
        return descriptor
    }

    static func connection(port: Int) -> Int32? {
        let descriptor = socket(AF_INET, stream, 0)
        var name = address(port)
        let result = withUnsafeMutablePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            close(descriptor)
            return nil
        }
        prepare(descriptor)
        return descriptor
    }

    private static func prepare(_ descriptor: Int32) {
        var yes = Int32(1)
        let size = socklen_t(MemoryLayout<Int32>.size)
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, size)
    }

    /// Reads what is there. `stamp` becomes the moment at which the kernel got the bytes, where it tells that, whenever we
    /// may have come round to reading them. 0: the other side is done; less: nothing there, or an error (`errno`).
    static func receive(
        _ descriptor: Int32, _ buffer: UnsafeMutableRawPointer, _ count: Int, stamp: inout UInt64
    ) -> Int {
        var part = iovec(iov_base: buffer, iov_len: count)
        return withUnsafeTemporaryAllocation(byteCount: 64, alignment: 8) { control in
            withUnsafeMutablePointer(to: &part) { part in
                var message = msghdr()
                message.msg_iov = part
                message.msg_iovlen = 1
                message.msg_control = control.baseAddress
                #if canImport(Darwin)
                    message.msg_controllen = 0
                #else
                    message.msg_controllen = control.count
                #endif
                let received = recvmsg(descriptor, &message, 0)
                stamp = wallClock()
                #if !canImport(Darwin)
                    // One header of 16 bytes, then a timespec.
                    if received > 0, message.msg_controllen >= 32,
                        control.load(fromByteOffset: 12, as: Int32.self) == 35
                    {
                        let seconds = control.load(fromByteOffset: 16, as: UInt64.self)
                        stamp = seconds * 1_000_000_000 + control.load(fromByteOffset: 24, as: UInt64.self)
                    }
                #endif
                return received
            }
        }
    }

    /// From now on `receive` tells the kernel's own times.
    static func stamp(_ descriptor: Int32) {
        #if !canImport(Darwin)
            var yes = Int32(1)
            setsockopt(descriptor, SOL_SOCKET, 35, &yes, socklen_t(MemoryLayout<Int32>.size))  // SO_TIMESTAMPNS
        #endif
    }

    /// Whether anybody listens there.
    package static func answers(_ port: Int) -> Bool {
        guard let descriptor = connection(port: port) else { return false }
        close(descriptor)
        return true
    }

    package static func freePort() throws -> Int {
        let (descriptor, port) = try listener(port: 0)
        close(descriptor)
        return port
    }

    /// Waits until somebody listens there.
    package static func waitFor(_ port: Int, atMost limit: Duration = .seconds(15)) async throws {
        let end = ContinuousClock.now + limit
        while !answers(port) {
            guard ContinuousClock.now < end else { throw TrialFailure("nobody listens at \(port)") }
            try await Task.sleep(for: .milliseconds(2))
        }
    }
}

/// Nanoseconds since 1970.
package func wallClock() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

/// Nanoseconds that no clock setting changes.
package func monotonicClock() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}
