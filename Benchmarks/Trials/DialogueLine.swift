import Foundation

/// A connection on loopback, by which one side speaks and then waits for the answer.
package final class DialogueLine {
    private let descriptor: Int32
    private var read: [UInt8] = []

    package init(port: Int) throws {
        guard let descriptor = Sockets.connection(port: port) else {
            throw TrialFailure("nobody listens at \(port)")
        }
        _ = fcntl(descriptor, F_SETFL, 0)
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Returns the answer's code.
    @discardableResult package func say(_ text: String, expect code: String? = nil) throws -> String {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            guard written > 0 else { throw TrialFailure("the connection was lost") }
            rest = rest.dropFirst(written)
        }
        let answer = try answer()
        guard code == nil || answer == code else { throw TrialFailure("\(answer) where \(code ?? "") was expected") }
        return answer
    }

    package func expect(_ code: String) throws {
        let answer = try answer()
        guard answer == code else { throw TrialFailure("\(answer) where \(code) was expected") }
    }

    /// The code of the answer's last line.
    private func answer() throws -> String {
        while true {
            while let end = read.firstIndex(of: UInt8(ascii: "\n")) {
                let line = read[..<end]
                let (code, isLast) = (
                    String(decoding: line.prefix(3), as: UTF8.self), line.dropFirst(3).first != UInt8(ascii: "-")
                )
                read.removeSubrange(...end)
                if isLast { return code }
            }
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count = Foundation.read(descriptor, &buffer, buffer.count)
            guard count > 0 else { throw TrialFailure("the connection was lost") }
            read += buffer.prefix(count)
        }
    }
}
