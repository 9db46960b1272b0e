import Foundation

/// A blocking TCP socket on loopback.
package final class Socket: Sendable {
    struct Failed: Error { let code: Int32 }

    private let descriptor: Int32
    var number: Int32 { descriptor }

    private init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { _ = Foundation.close(descriptor) }

    private static func stream() -> Int32 {
        #if canImport(Darwin)
            socket(AF_INET, SOCK_STREAM, 0)
        #else
            socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #endif
    }

    private static func loopback(_ number: UInt8 = 1, port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = (UInt32(0x7F00_0000) + UInt32(number)).bigEndian
        address.sin_port = in_port_t(port).bigEndian
        return address
    }

    /// A free port for a program that must be told its port: from below those that the system hands out, so that no server
    /// of another test gets it before the program is there.
    package static func freePort() throws -> Int {
        for _ in 0..<100 {
            let port = Int.random(in: 10_000..<32_000)
            if (try? listening(on: port)) != nil { return port }
        }
        throw Failed(code: EADDRINUSE)
    }

    package static func listens(_ port: Int) -> Bool {
        let socket = Socket(stream())
        var address = loopback(port: port)
        return withSockaddr(&address) { connect(socket.descriptor, $0, $1) } == 0
    }

    /// - Parameter reusing: also where connections to that port have ended just now.
    package static func listening(on port: Int = 0, at number: UInt8 = 1, reusing: Bool = false) throws -> Socket {
        let descriptor = stream()
        let socket = Socket(descriptor)
        var yes: Int32 = 1
        if reusing { setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size)) }
        var address = loopback(number, port: port)
        let bound = withSockaddr(&address) { bind(descriptor, $0, $1) }
        guard bound == 0, listen(descriptor, 128) == 0 else { throw Failed(code: errno) }
        return socket
    }

    static func connected(to port: Int) throws -> Socket {
        let socket = Socket(stream())
        var address = loopback(port: port)
        guard withSockaddr(&address, { connect(socket.descriptor, $0, $1) }) == 0 else { throw Failed(code: errno) }
        return socket
    }

    package var port: Int {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withSockaddr(&address) { pointer, _ in
            getsockname(descriptor, UnsafeMutablePointer(mutating: pointer), &length)
        }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    func accept() -> Socket? {
        let accepted = Foundation.accept(descriptor, nil, nil)
        guard accepted >= 0 else { return nil }
        var yes: Int32 = 1
        setsockopt(accepted, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
        return Socket(accepted)
    }

    /// Nil at the end.
    func read() -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return count > 0 ? Array(buffer[..<count]) : nil
    }

    func write(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, noSignal) }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// Whoever waits on it is woken.
    func shutDown() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    /// As `shutDown`, politely: what was written still arrives.
    func close() { shutDown() }

    /// The other side gets RST once the socket is let go.
    func abort() {
        var now = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
        // Connecting to nobody dissolves a TCP connection at once.
        var nobody = sockaddr()
        nobody.sa_family = sa_family_t(AF_UNSPEC)
        _ = connect(descriptor, &nobody, socklen_t(MemoryLayout<sockaddr>.size))
    }
}

#if canImport(Darwin)
    private let noSignal: Int32 = 0
#else
    private let noSignal = Int32(MSG_NOSIGNAL)
#endif

private func withSockaddr<Result>(
    _ address: inout sockaddr_in, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
) -> Result {
    withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
    }
}

func onThread(_ body: @escaping @Sendable () -> Void) {
    let thread = Thread(block: body)
    thread.stackSize = 512 * 1024
    thread.start()
}

/// For a server that plays a slow one.
func pauseThread(_ pause: Duration) {
    Thread.sleep(forTimeInterval: Double(pause.components.attoseconds) / 1e18 + Double(pause.components.seconds))
}

/// Holds a server's thread until the test lets it go on.
package final class Gate: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    package init() {}
    package func wait() {
        semaphore.wait()
        semaphore.signal()
    }
    package func open() { semaphore.signal() }
}
