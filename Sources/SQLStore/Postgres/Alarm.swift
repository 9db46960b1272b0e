import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// Wakes a thread that waits in `poll`.
final class Alarm: Sendable {
    /// To be polled.
    let descriptor: Int32
    private let bell: Int32

    init() {
        var ends: [Int32] = [-1, -1]
        if pipe(&ends) == 0 {
            for end in ends {
                _ = fcntl(end, F_SETFL, O_NONBLOCK)
                _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            }
        }
        (descriptor, bell) = (ends[0], ends[1])
    }

    deinit {
        close(descriptor)
        close(bell)
    }

    func ring() {
        var byte: UInt8 = 1
        _ = write(bell, &byte, 1)
    }

    /// Until the next ring.
    func hush() {
        var bytes = [UInt8](repeating: 0, count: 64)
        while read(descriptor, &bytes, bytes.count) > 0 {}
    }

    func wait(for duration: Duration) {
        var place = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        poll(&place, 1, Int32(duration / .milliseconds(1)))
        hush()
    }
}
