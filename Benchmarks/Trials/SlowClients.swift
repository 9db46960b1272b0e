import Foundation

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Clients that are there to be slow. They open as many connections as they are told to, and never finish what they say:
/// some are silent, some drip a head, some drip a body, some ask once and then stay. Whoever is shut out comes back.
package enum SlowClients {
    private static let beginnings = [
        "", "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ",
        "POST /subscribe HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            + "Content-Length: 10000\r\n\r\nname=",
        "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n",
    ]

    private struct Client {
        let descriptor: Int32
        let kind: Int

        init?(port: Int, kind: Int) {
            guard let descriptor = Sockets.connection(port: port) else { return nil }
            (self.descriptor, self.kind) = (descriptor, kind)
            say(beginnings[kind])
        }

        func say(_ text: String) {
            _ = Array(text.utf8).withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, noSignal) }
        }

        /// The other side has hung up, whatever it said before.
        var isShutOut: Bool {
            var bytes = [UInt8](repeating: 0, count: 1024)
            let count = recv(descriptor, &bytes, bytes.count, 0)
            return count == 0 || (count < 0 && errno != EAGAIN)
        }
    }

    /// Blocks until `isOver`; `areOpen` is called once all of them are there. Returns how often one was shut out.
    @discardableResult
    package static func run(
        port: Int, count: Int, areOpen: () -> Void = {}, until isOver: () -> Bool
    ) throws -> Int {
        allowDescriptors(count + 500)
        var clients = try (0..<count).map { number in
            guard let client = Client(port: port, kind: number % beginnings.count) else {
                throw TrialFailure("connection \(number) of \(count) was not taken")
            }
            return client
        }
        areOpen()
        var shutOut = 0
        while !isOver() {
            for index in clients.indices where !isOver() {
                if clients[index].isShutOut {
                    shutOut += 1
                    close(clients[index].descriptor)
                    clients[index] = Client(port: port, kind: clients[index].kind) ?? clients[index]
                } else if (1...2).contains(clients[index].kind) {
                    clients[index].say("a")
                }
                // Once round in about a second.
                if index % 20 == 0 { usleep(10_000) }
            }
        }
        for client in clients { close(client.descriptor) }
        return shutOut
    }

    private static func allowDescriptors(_ wanted: Int) {
        var limit = rlimit()
        guard getrlimit(files, &limit) == 0, limit.rlim_cur < rlim_t(wanted) else { return }
        limit.rlim_cur = min(rlim_t(wanted), limit.rlim_max)
        setrlimit(files, &limit)
    }

    #if canImport(Darwin)
        private static let noSignal = Int32(0)
        private static let files = RLIMIT_NOFILE
    #else
        private static let noSignal = Int32(MSG_NOSIGNAL)
        private static let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #endif
}
