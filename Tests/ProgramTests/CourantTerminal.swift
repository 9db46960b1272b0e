import CourantTesting
import Foundation

/// A program on a terminal: a pseudo-terminal of 80 columns, what it shows and what a person types.
final class CourantTerminal: Sendable {
    private let master: Int32
    private let shown: AsyncStream<String>
    private let ended: AsyncStream<Int32>
    private let process: Int32

    /// The client.
    convenience init(_ arguments: [String], at url: String?, home: URL, environment: [String: String] = [:]) throws {
        try self.init(
            CourantRun.program, arguments, environment: CourantRun.environment(url, home: home, environment),
            workingDirectory: home)
    }

    init(_ path: String, _ arguments: [String], environment: [String: String], workingDirectory: URL) throws {
        var (ours, theirs) = (Int32(-1), Int32(-1))
        var size = winsize(ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0)
        let isOpen = Subprocess.alone {
            guard openpty(&ours, &theirs, nil, nil, &size) == 0 else { return false }
            for end in [ours, theirs] { endAtExec(end) }
            return true
        }
        guard isOpen else { throw CocoaError(.fileReadUnknown) }
        master = ours
        let slave = FileHandle(fileDescriptor: theirs, closeOnDealloc: true)
        let program = Subprocess()
        program.line.executableURL = URL(fileURLWithPath: path)
        program.line.arguments = arguments
        program.line.environment = environment
        program.line.currentDirectoryURL = workingDirectory
        (program.line.standardInput, program.line.standardOutput, program.line.standardError) = (slave, slave, slave)
        let (ended, end) = AsyncStream.makeStream(of: Int32.self)
        self.ended = ended
        program.line.whenEnded = { end.yield(abs($0)) }
        shown = Self.reading(master)
        try program.start()
        process = program.processIdentifier
        try slave.close()
    }

    deinit { close(master) }

    /// On a thread of its own, for reading blocks. Linux ends a terminal that nobody writes to any more with EIO.
    private static func reading(_ master: Int32) -> AsyncStream<String> {
        let (shown, screen) = AsyncStream.makeStream(of: String.self)
        Thread.detachNewThread {
            var bytes = [UInt8](repeating: 0, count: 4096)
            while true {
                let count = read(master, &bytes, bytes.count)
                guard count > 0 else { break }
                screen.yield(String(decoding: bytes[..<count], as: UTF8.self))
            }
            screen.finish()
        }
        return shown
    }

    /// What was shown until `text` stood there, or until the end.
    func shows(_ text: String) async -> String {
        var all = ""
        for await part in shown {
            all += part
            if all.contains(text) { break }
        }
        return all
    }

    /// To the end; `answer` is asked with what has been shown since it last had one.
    func end(answering answer: (String) -> String?) async -> (screen: String, code: Int32) {
        var (all, asked) = ("", "")
        for await part in shown {
            all += part
            asked += part
            guard let reply = answer(asked) else { continue }
            types(reply + "\n")
            asked = ""
        }
        for await code in ended { return (all, code) }
        return (all, -1)
    }

    func types(_ text: String) {
        let bytes = Array(text.utf8)
        _ = write(master, bytes, bytes.count)
    }

    /// Control-C, for what reads nothing meanwhile: the pseudo-terminal controls nobody.
    func interrupts() { kill(process, SIGINT) }

    func end() async -> (screen: String, code: Int32) {
        let screen = await shows("\u{0}never")
        for await code in ended { return (screen, code) }
        return (screen, -1)
    }
}
