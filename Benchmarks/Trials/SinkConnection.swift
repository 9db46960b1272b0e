import Foundation

/// One client of the sink.
final class SinkConnection {
    let descriptor: Int32
    var isInContent = false
    var isInHead = false
    var isClosed = false

    var recipient = ""
    var messageID = ""
    /// When the bytes of the newest MAIL FROM came.
    var started: UInt64 = 0
    var isRecipientRefused = false
    /// What its reader would see, where somebody wants to know.
    var letter: [UInt8]?

    /// The token of the confirm link in it. Lines are joined as quoted-printable says.
    var token: String? {
        guard let letter else { return nil }
        let text = String(decoding: letter, as: UTF8.self).replacing("=\r\n", with: "")
        guard let start = text.firstRange(of: "/confirm/")?.upperBound else { return nil }
        return String(text[start...].prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") })
    }

    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 128 * 1024, alignment: 16)
    private var (start, end) = (0, 0)
    private var output: [UInt8] = []
    private var delayed: [(due: UInt64, bytes: [UInt8])] = []
    private var lastDue: UInt64 = 0

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit {
        buffer.deallocate()
        close(descriptor)
    }

    /// Reads what is there and gives each line, its line end included. Returns false when the client is gone.
    func read(stamped: Bool, _ line: (UnsafeRawBufferPointer, UInt64) -> Void) -> Bool {
        while let base = buffer.baseAddress {
            var stamp: UInt64 = 0
            let room = buffer.count - end
            let count =
                stamped
                ? Sockets.receive(descriptor, base + end, room, stamp: &stamp) : recv(descriptor, base + end, room, 0)
            guard count > 0 else { return count < 0 && (errno == EAGAIN || errno == EINTR) }
            end += count
            while !isClosed, let found = memchr(base + start, 0x0A, end - start) {
                let length = UnsafeRawPointer(found) - UnsafeRawPointer(base + start) + 1
                start += length
                line(UnsafeRawBufferPointer(start: base + start - length, count: length), stamp)
            }
            if isClosed { return false }
            if start == end { (start, end) = (0, 0) } else { makeRoom(base) }
            if count < room { return true }
        }
        return false
    }

    private func makeRoom(_ base: UnsafeMutableRawPointer) {
        guard start > 0, buffer.count - end < 32 * 1024 else {
            // A line longer than everything: forget it.
            if end == buffer.count { (start, end) = (0, 0) }
            return
        }
        memmove(base, base + start, end - start)
        (start, end) = (0, end - start)
    }

    // MARK: Answers

    func answer(_ text: StaticString) {
        text.withUTF8Buffer { output.append(contentsOf: $0) }
    }

    func answer(_ text: String) { output.append(contentsOf: text.utf8) }

    /// Later: not before what was answered earlier.
    func answer(_ text: String, roundTrip: UInt64, thinking: UInt64) {
        lastDue = max(lastDue, monotonicClock() + roundTrip) + thinking
        delayed.append((lastDue, Array(text.utf8)))
    }

    var nextDue: UInt64? { delayed.first?.due }

    func flush(now: UInt64) {
        var due = 0
        while due < delayed.count, delayed[due].due <= now {
            output += delayed[due].bytes
            due += 1
        }
        if due > 0 { delayed.removeFirst(due) }
        guard !output.isEmpty else { return }
        let sent = output.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Self.quietly) }
        if sent > 0 { output.removeFirst(sent) }
    }

    private static var quietly: Int32 {
        #if canImport(Darwin)
            0
        #else
            Int32(MSG_NOSIGNAL)
        #endif
    }
}
