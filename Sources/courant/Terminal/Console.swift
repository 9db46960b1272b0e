import ArgumentParser
import CourantAPI
import Foundation

/// `--json`, `--quiet`, `--no-color`: on every command.
struct Output: ParsableArguments {
    @Flag(name: .long, help: "Print the service's JSON, for scripts; errors too, as one line on stderr.")
    var json = false

    @Flag(name: .shortAndLong, help: "Say nothing but the data asked for, and errors.")
    var quiet = false

    @Flag(name: .customLong("no-color"), help: "No colour; so does the variable NO_COLOR.")
    var noColor = false

    var console: Console { Console(json: json, quiet: quiet, noColor: noColor) }
}

/// Where words go: data to stdout, all else to stderr, so that a pipe carries data alone. It knows who is on the other
/// end of either and colours accordingly; nothing else in the program asks about terminals.
struct Console: Sendable {
    let json: Bool
    let quiet: Bool
    /// Somebody sits at the keyboard and sees what we ask.
    let hasPerson: Bool
    /// Progress can be drawn over itself.
    let isLive: Bool
    /// Styles for stdout and stderr: the one may be a pipe while the other is a terminal.
    let page: Style
    let margin: Style

    init(json: Bool = false, quiet: Bool = false, noColor: Bool = false) {
        self.json = json
        self.quiet = quiet
        let environment = ProcessInfo.processInfo.environment
        let dumb = environment["TERM"] == "dumb"
        let coloured = !noColor && !dumb && (environment["NO_COLOR"] ?? "").isEmpty
        let unicode = Self.speaksUnicode(environment)
        page = Style(coloured: coloured && isatty(STDOUT_FILENO) == 1, unicode: unicode)
        margin = Style(coloured: coloured && isatty(STDERR_FILENO) == 1, unicode: unicode)
        hasPerson = isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1
        isLive = isatty(STDERR_FILENO) == 1 && !dumb
    }

    private static func speaksUnicode(_ environment: [String: String]) -> Bool {
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
        guard let locale else { return false }
        let name = locale.lowercased()
        return name.contains("utf-8") || name.contains("utf8")
    }

    /// Data: what was asked for.
    func write(_ text: String) { Self.put(text + "\n", on: STDOUT_FILENO) }

    /// The same answer for people or, with `--json`, for scripts.
    func show(_ value: some Encodable, as people: @autoclosure () -> String) throws {
        guard json else { return write(people()) }
        write(String(decoding: try JSON.encode(value, pretty: isatty(STDOUT_FILENO) == 1), as: UTF8.self))
    }

    /// What was done, for people; scripts get the wire's value instead.
    func report(_ value: some Encodable, as people: @autoclosure () -> String) throws {
        if json { try show(value, as: "") } else { note(people()) }
    }

    /// A remark on stderr; `--quiet` leaves it out.
    func note(_ text: String) {
        if !quiet { Self.put(text + "\n", on: STDERR_FILENO) }
    }

    /// What must be seen also with `--quiet`: questions and what they are about.
    func ask(_ text: String) { Self.put(text, on: STDERR_FILENO) }

    /// Columns of the terminal behind stderr.
    var columns: Int {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    func close(with failure: Failure) -> Never {
        if json, let line = try? JSON.encode(FailureInfo(failure)) {
            Self.put(String(decoding: line, as: UTF8.self) + "\n", on: STDERR_FILENO)
        } else {
            Self.put(prose(failure), on: STDERR_FILENO)
        }
        exit(failure.exit.rawValue)
    }

    private func prose(_ failure: Failure) -> String {
        var lines = failure.findings.map { $0.line(in: margin) }
        let name = failure.exit == .inPart ? margin.yellow("courant:") : margin.red("courant:")
        lines.append("\(name) \(failure.title)")
        lines += failure.errors.map { "  \($0.field): \($0.message)".printable }
        if let next = failure.next { lines.append("  \(margin.dim(margin.arrow)) \(next)") }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Whoever reads may go away before we have finished (`courant list ls | head -1`); then there is nobody to tell.
    private static func put(_ text: String, on descriptor: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if written < 0 && errno == EINTR { continue }
            guard written > 0 else { exit(descriptor == STDOUT_FILENO ? 141 : Exit.failed.rawValue) }
            rest = rest.dropFirst(written)
        }
    }
}
